import { z } from "zod";

export const messageStatuses = [
  "accepted",
  "queued",
  "dispatching",
  "server_acked",
  "delivered",
  "read",
  "failed",
  "cancelled",
  "uncertain",
] as const;
export const MessageStatus = z.enum(messageStatuses);
export type MessageStatus = z.infer<typeof MessageStatus>;

/** Inbound messages have no delivery of ours to track. */
export const StoredMessageStatus = z.enum([...messageStatuses, "received"]);
export type StoredMessageStatus = z.infer<typeof StoredMessageStatus>;

/** First is served first. */
export const laneNames = ["reply", "followup", "opener", "bulk"] as const;
export const Lane = z.enum(laneNames);
export type Lane = z.infer<typeof Lane>;

export const laneNumber: Record<Lane, number> = { reply: 0, followup: 1, opener: 2, bulk: 3 };

export function laneOf(number: number): Lane {
  return laneNames[number] ?? "bulk";
}

export const AttemptState = z.enum([
  "dispatched",
  "acked",
  "refused",
  "absent",
  "uncertain",
  "superseded",
]);
export type AttemptState = z.infer<typeof AttemptState>;

export const SendErrorClass = z.enum(["transient", "account", "recipient", "content", "unknown"]);
export type SendErrorClass = z.infer<typeof SendErrorClass>;

export const SendError = z.strictObject({
  class: SendErrorClass,
  code: z.string(),
  message: z.string(),
});
export type SendError = z.infer<typeof SendError>;
