import { z } from "zod";
import { Channel, IdentityKind } from "./channels.ts";
import { Content } from "./content.ts";
import { AccountId, ConversationId, IdParams, LeadId, MessageId, Time } from "./ids.ts";
import { AcceptedMessage, Message, Metadata, sendErrors } from "./messages.ts";
import { PageInfo, pageOf, pageQueryShape } from "./pagination.ts";
import { defineRoute } from "./route.ts";

export const ConversationStatus = z.enum(["open", "pending", "snoozed", "closed"]);
export type ConversationStatus = z.infer<typeof ConversationStatus>;

export const Conversation = z.strictObject({
  id: ConversationId,
  accountId: AccountId,
  channel: Channel,
  status: ConversationStatus,
  leadId: LeadId.nullable(),
  recipient: z.strictObject({
    kind: IdentityKind,
    value: z.string(),
    /** The other address of the same person, once known (phone for a LID, LID for a phone). */
    alt: z.strictObject({ kind: IdentityKind, value: z.string() }).nullable(),
    displayName: z.string().nullable(),
  }),
  unreadCount: z.int().nonnegative(),
  lastSeq: z.int().nonnegative(),
  lastMessage: Message.nullable(),
  lastMessageAt: Time.nullable(),
  createdAt: Time,
  updatedAt: Time,
});
export type Conversation = z.infer<typeof Conversation>;

export const ConversationList = pageOf(Conversation);

/** Messages in sending order, newest last; `before` walks towards the past. */
export const ConversationDetail = z.strictObject({
  ...Conversation.shape,
  messages: z.strictObject({ data: z.array(Message), page: PageInfo }),
});
export type ConversationDetail = z.infer<typeof ConversationDetail>;

export const ReplyBody = z.strictObject({
  content: Content,
  replyTo: MessageId.optional(),
  metadata: Metadata.optional(),
});
export type ReplyBody = z.infer<typeof ReplyBody>;

export const MarkReadBody = z.strictObject({ upToSeq: z.int().nonnegative().optional() });
export type MarkReadBody = z.infer<typeof MarkReadBody>;

export const ReadReply = z.strictObject({
  id: ConversationId,
  unreadCount: z.int().nonnegative(),
  readSeq: z.int().nonnegative(),
});

export const TypingBody = z.strictObject({
  state: z.enum(["composing", "recording", "paused"]).default("composing"),
});
export type TypingBody = z.infer<typeof TypingBody>;

const common = ["VALIDATION_FAILED", "UNAUTHENTICATED", "FORBIDDEN"] as const;

export const listConversationsRoute = defineRoute({
  method: "GET",
  path: "/api/conversations",
  operationId: "listConversations",
  summary: "List conversations, last active first",
  tag: "conversations",
  auth: "tenant",
  scopes: ["conversations:read"],
  query: z.strictObject({
    ...pageQueryShape,
    status: ConversationStatus.optional(),
    channel: Channel.optional(),
    accountId: AccountId.optional(),
    leadId: LeadId.optional(),
  }),
  response: { status: 200, schema: ConversationList },
  errors: common,
});

export const getConversationRoute = defineRoute({
  method: "GET",
  path: "/api/conversations/:id",
  operationId: "getConversation",
  summary: "Read a conversation with a page of its messages",
  tag: "conversations",
  auth: "tenant",
  scopes: ["conversations:read"],
  params: IdParams,
  query: z.strictObject(pageQueryShape),
  response: { status: 200, schema: ConversationDetail },
  errors: [...common, "NOT_FOUND"],
});

export const replyRoute = defineRoute({
  method: "POST",
  path: "/api/conversations/:id/reply",
  operationId: "replyToConversation",
  summary: "Send a human reply; it goes before every campaign message",
  tag: "conversations",
  auth: "tenant",
  scopes: ["messages:write"],
  params: IdParams,
  body: ReplyBody,
  response: { status: 202, schema: AcceptedMessage },
  errors: [...sendErrors, "NOT_FOUND"],
  idempotent: true,
});

export const markReadRoute = defineRoute({
  method: "POST",
  path: "/api/conversations/:id/read",
  operationId: "markConversationRead",
  summary: "Mark messages read, here and on the channel",
  tag: "conversations",
  auth: "tenant",
  scopes: ["conversations:write"],
  params: IdParams,
  body: MarkReadBody,
  bodyOptional: true,
  response: { status: 200, schema: ReadReply },
  errors: [...common, "MALFORMED_JSON", "NOT_FOUND"],
});

export const typingRoute = defineRoute({
  method: "POST",
  path: "/api/conversations/:id/typing",
  operationId: "showTyping",
  summary: "Show the person that a reply is being written",
  tag: "conversations",
  auth: "tenant",
  scopes: ["conversations:write"],
  params: IdParams,
  body: TypingBody,
  bodyOptional: true,
  response: { status: 204 },
  errors: [...common, "MALFORMED_JSON", "NOT_FOUND"],
});

export const conversationRoutes = [
  listConversationsRoute,
  getConversationRoute,
  replyRoute,
  markReadRoute,
  typingRoute,
] as const;
