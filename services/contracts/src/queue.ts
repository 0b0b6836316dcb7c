import { z } from "zod";
import { AccountId } from "./ids.ts";

/** Prefix of every key the platform keeps in Redis for its queues. */
export const queuePrefix = "rl";

/** BullMQ uses ":" inside its keys, so a queue name must not contain one. */
export const outQueueName = (accountId: string): string => `out-${accountId}`;

/** A wake-up. It names the account and nothing else: Postgres knows what is due. */
export const WakeJob = z.strictObject({ accountId: AccountId });
export type WakeJob = z.infer<typeof WakeJob>;

/** Out-of-band commands to the process that holds an account. Losing one costs delay, never truth. */
export const controlChannel = (accountId: string): string => `rl:control:${accountId}`;

const ControlChat = z.strictObject({
  kind: z.string().min(1).max(20),
  value: z.string().min(1).max(128),
});

/** What may be asked of that process. Both ends check it; everything in it is bounded. */
export const ControlCommand = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("pairing_requested") }),
  z.strictObject({ type: z.literal("account_changed") }),
  z.strictObject({
    type: z.literal("mark_read"),
    chat: ControlChat,
    providerMessageIds: z.array(z.string().min(1).max(128)).max(500),
  }),
  z.strictObject({
    type: z.literal("typing"),
    chat: ControlChat,
    state: z.enum(["composing", "recording", "paused"]),
  }),
  z.strictObject({ type: z.literal("logout") }),
]);
export type ControlCommand = z.infer<typeof ControlCommand>;
