import { setImmediate } from "node:timers/promises";
import type { ChannelDriver } from "./driver.ts";

/** Acks at once, without a wire: what the bench measures is then ours alone. */
export function createNullDriver(now: () => number): ChannelDriver {
  return {
    channel: "whatsapp",
    class: "dedup",
    timing: { writeWindowMs: 1000, ackTimeoutMs: 5000, settleMs: 0 },
    connect: (ctx) => {
      ctx.onState({ state: "open" });
      return Promise.resolve();
    },
    send: async (attempt, permit) => {
      permit.enter();
      // As on a wire: an answer never comes in the turn of the write.
      await setImmediate();
      return {
        outcome: "acked",
        providerMessageId: attempt.providerToken,
        at: new Date(now()).toISOString(),
        evidence: { driver: "null" },
      };
    },
    recover: (open) =>
      Promise.resolve(
        open.map(({ messageId, attemptNo }) => ({
          messageId,
          attemptNo,
          found: "unknown" as const,
          evidence: {},
        })),
      ),
    stop: () => Promise.resolve(),
  };
}
