import { z } from "zod";
import { Channel, IdentityAddress } from "./channels.ts";
import { AnyContent, Content } from "./content.ts";
import { AccountId, ConversationId, IdParams, LeadId, MessageId, Time, TimeInput } from "./ids.ts";
import { BooleanQuery } from "./pagination.ts";
import { defineRoute } from "./route.ts";
import { AttemptState, Lane, SendError, StoredMessageStatus } from "./status.ts";

export const Recipient = z.union([
  z.strictObject({ leadId: LeadId }),
  z.strictObject({ identity: IdentityAddress }),
]);
export type Recipient = z.infer<typeof Recipient>;

export const Metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((entries) => Object.keys(entries).length <= 20, "at most 20 entries");

/** First channel first; the next is tried only after a definite refusal of the recipient. */
export const ChannelChain = z
  .array(Channel)
  .min(1)
  .max(5)
  .refine((chain) => new Set(chain).size === chain.length, "each channel once");

export const SendMessageBody = z.strictObject({
  to: Recipient,
  channels: ChannelChain.default(["whatsapp"]),
  accountId: AccountId.optional(),
  content: Content,
  priority: Lane.default("opener"),
  sendAt: TimeInput.optional(),
  replyTo: MessageId.optional(),
  metadata: Metadata.optional(),
});
export type SendMessageBody = z.infer<typeof SendMessageBody>;

export const AcceptedMessage = z.strictObject({
  id: MessageId,
  status: StoredMessageStatus,
  conversationId: ConversationId,
  accountId: AccountId,
  acceptedAt: Time,
});
export type AcceptedMessage = z.infer<typeof AcceptedMessage>;

export const DryRunResult = z.strictObject({
  dryRun: z.literal(true),
  wouldSend: z.boolean(),
  accountId: AccountId.nullable(),
  channel: Channel.nullable(),
  reason: z.string().nullable(),
  earliestAt: Time.nullable(),
});
export type DryRunResult = z.infer<typeof DryRunResult>;

export const StatusChange = z.strictObject({
  status: StoredMessageStatus,
  at: Time,
  reason: z.string().nullable().optional(),
  /** Who said so: `api`, `relay`, `channel`, `provider`, `person`, `system`. */
  source: z.string(),
});
export type StatusChange = z.infer<typeof StatusChange>;

export const Attempt = z.strictObject({
  n: z.int().positive(),
  state: AttemptState,
  startedAt: Time,
  settledAt: Time.nullable(),
  providerMessageId: z.string().nullable(),
  error: SendError.nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

/** Why a message has not left yet, and when that changes by itself. */
export const Waiting = z.strictObject({
  reason: z.string(),
  message: z.string(),
  until: Time.nullable().optional(),
});
export type Waiting = z.infer<typeof Waiting>;

export const Message = z.strictObject({
  id: MessageId,
  conversationId: ConversationId,
  accountId: AccountId,
  channel: Channel,
  direction: z.enum(["out", "in"]),
  seq: z.int(),
  status: StoredMessageStatus,
  statusReason: z.string().nullable(),
  content: AnyContent,
  priority: Lane.nullable(),
  sendAt: Time.nullable(),
  replyTo: MessageId.nullable(),
  providerMessageId: z.string().nullable(),
  backfilled: z.boolean(),
  metadata: z.record(z.string(), z.string()),
  createdBy: z.string().nullable(),
  createdAt: Time,
  updatedAt: Time,
});
export type Message = z.infer<typeof Message>;

export const MessageDetail = z.strictObject({
  ...Message.shape,
  history: z.array(StatusChange),
  attempts: z.array(Attempt),
  waiting: Waiting.nullable(),
});
export type MessageDetail = z.infer<typeof MessageDetail>;

export const MessageStatusReply = z.strictObject({ id: MessageId, status: StoredMessageStatus });

export const ResolveBody = z.strictObject({
  decision: z.enum(["send_again", "mark_sent"]),
  note: z.string().max(500).optional(),
});
export type ResolveBody = z.infer<typeof ResolveBody>;

const common = ["VALIDATION_FAILED", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"] as const;

export const sendErrors = [
  "VALIDATION_FAILED",
  "MALFORMED_JSON",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "IDEMPOTENCY_IN_FLIGHT",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "IDEMPOTENCY_KEY_REUSED",
  "UNSUPPORTED_MEDIA",
  "TEXT_TOO_LONG",
  "RECIPIENT_UNKNOWN",
  "ACCOUNT_NOT_FOUND",
  "CHANNEL_UNAVAILABLE",
  "API_RATE_LIMITED",
  "UNAVAILABLE",
] as const;

export const sendMessageRoute = defineRoute({
  method: "POST",
  path: "/api/messages/send",
  operationId: "sendMessage",
  summary: "Accept a message for sending; accepted is not delivered",
  tag: "messages",
  auth: "tenant",
  scopes: ["messages:write"],
  query: z.strictObject({ dryRun: BooleanQuery }),
  body: SendMessageBody,
  response: { status: 202, schema: z.union([AcceptedMessage, DryRunResult]) },
  errors: sendErrors,
  idempotent: true,
});

export const getMessageRoute = defineRoute({
  method: "GET",
  path: "/api/messages/:id",
  operationId: "getMessage",
  summary: "Read a message with its status history, its attempts and why it waits",
  tag: "messages",
  auth: "tenant",
  scopes: ["messages:read"],
  params: IdParams,
  response: { status: 200, schema: MessageDetail },
  errors: common,
});

export const cancelMessageRoute = defineRoute({
  method: "POST",
  path: "/api/messages/:id/cancel",
  operationId: "cancelMessage",
  summary: "Cancel a message that has not left yet",
  tag: "messages",
  auth: "tenant",
  scopes: ["messages:write"],
  params: IdParams,
  response: { status: 200, schema: MessageStatusReply },
  errors: [...common, "CONFLICT"],
});

export const resolveMessageRoute = defineRoute({
  method: "POST",
  path: "/api/messages/:id/resolve",
  operationId: "resolveMessage",
  summary: "Decide about a message whose outcome is unknown",
  tag: "messages",
  auth: "tenant",
  scopes: ["messages:write"],
  params: IdParams,
  body: ResolveBody,
  response: { status: 200, schema: MessageStatusReply },
  errors: [...common, "MALFORMED_JSON", "CONFLICT"],
});

export const messageRoutes = [
  sendMessageRoute,
  getMessageRoute,
  cancelMessageRoute,
  resolveMessageRoute,
] as const;
