import type { Lane, SendOutcome } from "./driver.ts";
import type { RecoveryDecision } from "./recovery/decide-recovery.ts";

type OutcomeName = SendOutcome["outcome"];
type RecoveryName = RecoveryDecision["action"] | "never_sent";

/** What a channel process tells Prometheus. One process is one account, so no account label here. */
export type KitMetrics = {
  observeSend(outcome: OutcomeName, lane: Lane, tookMs: number): void;
  observeClaim(claimed: number, tookMs: number): void;
  countRecovery(action: RecoveryName): void;
  countSettleRetry(): void;
  countReceipts(count: number): void;
  countInbound(count: number): void;
  countLeaseLoss(reason: string): void;
  countControl(type: string, outcome: string): void;
  /** Sampled at scrape time. */
  bindGauges(read: {
    leaseAgeMs(): number | null;
    lastAckAgeMs(): number | null;
    inFlight(): number;
    connected(): boolean;
  }): void;
};
