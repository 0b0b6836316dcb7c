import { z } from "zod";
import { Channel } from "./channels.ts";
import { AccountId, ConversationId, Id, IdParams, MessageId, Time } from "./ids.ts";
import { Attempt, MessageStatusReply } from "./messages.ts";
import { pageOf, pageQueryShape } from "./pagination.ts";
import { defineRoute } from "./route.ts";
import { SendError } from "./status.ts";

export const DeadLetterState = z.enum(["open", "retried", "discarded"]);
export type DeadLetterState = z.infer<typeof DeadLetterState>;

export const DeadLetter = z.strictObject({
  id: Id,
  messageId: MessageId,
  conversationId: ConversationId,
  accountId: AccountId,
  channel: Channel,
  state: DeadLetterState,
  error: SendError,
  attemptCount: z.int().nonnegative(),
  createdAt: Time,
  resolvedAt: Time.nullable(),
  resolvedBy: z.string().nullable(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export const DeadLetterDetail = z.strictObject({
  ...DeadLetter.shape,
  attempts: z.array(Attempt),
});
export type DeadLetterDetail = z.infer<typeof DeadLetterDetail>;

const base = {
  tag: "dead-letters",
  auth: "tenant",
  errors: ["VALIDATION_FAILED", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"],
} as const;

export const listDeadLettersRoute = defineRoute({
  ...base,
  method: "GET",
  path: "/api/dead-letters",
  operationId: "listDeadLetters",
  summary: "List messages that could not be sent after every attempt",
  scopes: ["messages:read"],
  query: z.strictObject({
    ...pageQueryShape,
    state: DeadLetterState.optional(),
    accountId: AccountId.optional(),
  }),
  response: { status: 200, schema: pageOf(DeadLetter) },
});

export const getDeadLetterRoute = defineRoute({
  ...base,
  method: "GET",
  path: "/api/dead-letters/:id",
  operationId: "getDeadLetter",
  summary: "Read a dead letter with the attempts made",
  scopes: ["messages:read"],
  params: IdParams,
  response: { status: 200, schema: DeadLetterDetail },
});

export const retryDeadLetterRoute = defineRoute({
  ...base,
  method: "POST",
  path: "/api/dead-letters/:id/retry",
  operationId: "retryDeadLetter",
  summary: "Queue the message again with fresh attempts",
  scopes: ["messages:write"],
  params: IdParams,
  response: { status: 202, schema: MessageStatusReply },
  errors: [...base.errors, "CONFLICT"],
});

export const discardDeadLetterRoute = defineRoute({
  ...base,
  method: "POST",
  path: "/api/dead-letters/:id/discard",
  operationId: "discardDeadLetter",
  summary: "Give the message up for good",
  scopes: ["messages:write"],
  params: IdParams,
  response: { status: 200, schema: MessageStatusReply },
  errors: [...base.errors, "CONFLICT"],
});

export const deadLetterRoutes = [
  listDeadLettersRoute,
  getDeadLetterRoute,
  retryDeadLetterRoute,
  discardDeadLetterRoute,
] as const;
