import type { SendOutcome } from "@rarity/channel-kit";
import { ackError } from "../../domain/ack-error.ts";
import type { Evidence } from "../../usecases/ports.ts";

/**
 * Joins sends with the server's word about them. The library resolves when a frame is written and
 * says nothing about a good ack, so acks and receipts are read from the raw stanzas.
 */
export type PendingAcks = {
  expect(token: string, signal: AbortSignal): Promise<SendOutcome>;
  drop(token: string): void;
  acked(token: string, evidence: Evidence): void;
  refused(token: string, code: string): boolean;
  evidenceOf(token: string): Evidence | undefined;
  connectionClosed(): void;
};

const evidenceMax = 20_000;

export function createPendingAcks(): PendingAcks {
  const waiting = new Map<string, (outcome: SendOutcome) => void>();
  const seen = new Map<string, Evidence>();

  const settle = (token: string, outcome: SendOutcome): boolean => {
    const resolve = waiting.get(token);
    waiting.delete(token);
    resolve?.(outcome);
    return resolve !== undefined;
  };

  return {
    expect(token, signal) {
      return new Promise((resolve) => {
        const onAbort = (): void => void settle(token, unresolved("no_ack_in_time"));
        waiting.set(token, (outcome) => {
          signal.removeEventListener("abort", onAbort);
          resolve(outcome);
        });
        signal.addEventListener("abort", onAbort, { once: true });
        if (signal.aborted) onAbort();
      });
    },
    drop: (token) => void settle(token, unresolved("dropped")),
    acked(token, evidence) {
      if (!seen.has(token)) seen.set(token, evidence);
      for (const oldest of seen.keys()) {
        if (seen.size <= evidenceMax) break;
        seen.delete(oldest);
      }
      const { source, at } = evidence;
      settle(token, { outcome: "acked", providerMessageId: token, at, evidence: { source } });
    },
    refused(token, code) {
      const evidence = { source: "ack", error: code };
      return settle(token, { outcome: "refused", error: ackError(code), evidence });
    },
    evidenceOf: (token) => seen.get(token),
    connectionClosed() {
      for (const token of [...waiting.keys()]) settle(token, unresolved("connection_closed"));
    },
  };
}

function unresolved(reason: string): SendOutcome {
  return { outcome: "unresolved", reason, evidence: { reason } };
}
