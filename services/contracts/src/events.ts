import { z } from "zod";
import { AccountState } from "./accounts.ts";
import { Channel } from "./channels.ts";
import { AnyContent } from "./content.ts";
import { ErrorCodeSchema } from "./errors.ts";
import { AccountId, ConversationId, LeadId, MessageId, OrgId, Time } from "./ids.ts";
import { AcceptedMessage, SendMessageBody } from "./messages.ts";
import { StoredMessageStatus } from "./status.ts";

/** Close codes of the WebSocket; a client reads them to know whether to come back. */
export const wsCloseCodes = {
  unauthenticated: 4401,
  slowReader: 4408,
  tooMany: 4429,
} as const;

export const orgStream = (orgId: string): string => `org:${orgId}`;
/** The Redis channel that carries an organization's events between processes. */
export const eventsChannel = (orgId: string): string => `rl:events:${orgId}`;
export const eventsPattern = "rl:events:*";

const messageRef = {
  messageId: MessageId,
  conversationId: ConversationId,
  accountId: AccountId,
};

/** What an event of each type carries. Events name things and their state; long content is read by id. */
export const eventData = {
  message_accepted: z.looseObject({ ...messageRef, status: StoredMessageStatus }),
  message_sent: z.looseObject({
    ...messageRef,
    status: z.literal("server_acked"),
    providerMessageId: z.string().nullable().optional(),
    at: Time.optional(),
  }),
  message_status: z.looseObject({
    ...messageRef,
    status: StoredMessageStatus,
    reason: z.string().nullable().optional(),
    at: Time.optional(),
  }),
  message_received: z.looseObject({
    ...messageRef,
    channel: Channel.optional(),
    content: AnyContent.optional(),
    backfilled: z.boolean().optional(),
    at: Time.optional(),
  }),
  lead_updated: z.looseObject({ leadId: LeadId, change: z.string().optional() }),
  conversation_updated: z.looseObject({ conversationId: ConversationId }),
  account_updated: z.looseObject({
    accountId: AccountId,
    state: AccountState.optional(),
    reason: z.string().nullable().optional(),
  }),
} as const;

export type EventType = keyof typeof eventData;
export const eventTypes = Object.keys(eventData) as [EventType, ...EventType[]];
export const EventTypeSchema = z.enum(eventTypes);
export type EventData<T extends EventType> = z.infer<(typeof eventData)[T]>;

/** One event of an organization's stream, as stored, published and framed. */
export const StreamEvent = z.strictObject({
  v: z.literal(1),
  type: EventTypeSchema,
  id: z.string(),
  stream: z.string(),
  seq: z.int().positive(),
  at: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type StreamEvent = z.infer<typeof StreamEvent>;

/**
 * A published batch: the events of one relay group for one organization, in order. Each travels as the
 * JSON a client gets, written once by who publishes: a process that forwards it reads the number only.
 */
export const PublishedEvents = z.strictObject({
  orgId: OrgId,
  events: z.array(z.strictObject({ seq: z.int().positive(), json: z.string() })),
});
export type PublishedEvents = z.infer<typeof PublishedEvents>;

const frameId = z.string().min(1).max(64);
const client = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({ v: z.literal(1), type: z.literal(type), id: frameId, data });

export const ClientFrame = z.discriminatedUnion("type", [
  client("auth", z.strictObject({ token: z.string().min(1).max(8192) })),
  client(
    "subscribe",
    z.strictObject({
      streams: z.array(z.string().min(1).max(100)).min(1).max(10),
      afterSeq: z.int().nonnegative().optional(),
    }),
  ),
  client("resume", z.strictObject({ stream: z.string(), afterSeq: z.int().nonnegative() })),
  client(
    "send_message",
    z.strictObject({ ...SendMessageBody.shape, clientId: z.string().min(1).max(255) }),
  ),
  client(
    "mark_read",
    z.strictObject({ conversationId: ConversationId, upToSeq: z.int().nonnegative().optional() }),
  ),
  client(
    "typing",
    z.strictObject({
      conversationId: ConversationId,
      state: z.enum(["composing", "recording", "paused"]).default("composing"),
    }),
  ),
  client("ping", z.strictObject({}).default({})),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;
export type ClientFrameType = ClientFrame["type"];

const server = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({
    v: z.literal(1),
    type: z.literal(type),
    id: z.string(),
    stream: z.string().optional(),
    seq: z.int().optional(),
    at: z.string(),
    data,
  });

/** Frames that answer a client; events come as `StreamEvent`. `id` repeats the client's frame id. */
export const ServerFrame = z.discriminatedUnion("type", [
  server(
    "ready",
    z.strictObject({ userId: z.string(), orgId: OrgId, streams: z.array(z.string()) }),
  ),
  server(
    "subscribed",
    z.strictObject({ streams: z.array(z.strictObject({ stream: z.string(), seq: z.int() })) }),
  ),
  server(
    "ack",
    z.strictObject({ clientId: z.string().optional(), message: AcceptedMessage.optional() }),
  ),
  server(
    "error",
    z.strictObject({
      code: ErrorCodeSchema,
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
      retryable: z.boolean(),
      clientId: z.string().optional(),
    }),
  ),
  server("resync_required", z.strictObject({ stream: z.string(), headSeq: z.int() })),
  server("pong", z.strictObject({})),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
