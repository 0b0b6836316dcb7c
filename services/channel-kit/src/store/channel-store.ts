import type {
  Evidence,
  InboundItem,
  InboundResult,
  OpenAttempt,
  OutboundAttempt,
  Receipt,
  Recipient,
  SendError,
} from "../driver.ts";

/** The SQL functions of the send protocol as this process sees them: one account, one tenant. */

export type LeaseAnswer =
  | { ok: true; token: number; expiresInMs: number }
  | { ok: false; holder: string | null; expiresInMs: number | null };

export type ClaimAnswer =
  | { ok: true; attempts: OutboundAttempt[]; nextDueInMs: number | null; waiting: string | null }
  | { ok: false; code: string };

export type AttemptRef = { messageId: string; attemptNo: number };

export type SettleResult = AttemptRef & { evidence: Evidence; at: string } & (
    | { outcome: "acked"; providerMessageId: string }
    | { outcome: "refused"; error: SendError }
    /** `message`: sending this very message failed. `process`: nothing would have left it just now. */
    | { outcome: "absent"; blame: "message" | "process" }
    | { outcome: "unresolved" }
  );

/**
 * Without an attempt nothing is sent: it was closed meanwhile by a receipt or another holder, or the
 * account's limits leave no room before `waitMs`.
 */
export type SupersedeAnswer = { attempt: OutboundAttempt | null; waitMs: number | null };

export type OpenAttemptRow = Omit<OpenAttempt, "holderDead"> & { token: number; holder: string };

export type AccountState = { state: string; reason: string | null; detail: string | null };

/** Somebody wants the device unlinked and the session erased. */
export type LogoutWish = { ageMs: number; reason: string };

export type ChannelStore = {
  acquireLease(input: { ttlMs: number; proofOfDeath: boolean }): Promise<LeaseAnswer>;
  renewLease(token: number, ttlMs: number): Promise<{ expiresInMs: number } | null>;
  releaseLease(token: number): Promise<void>;
  claimAttempts(token: number, max: number): Promise<ClaimAnswer>;
  settleAttempts(token: number, results: SettleResult[]): Promise<void>;
  openAttempts(): Promise<OpenAttemptRow[]>;
  supersedeAttempt(token: number, attempt: AttemptRef): Promise<SupersedeAnswer>;
  recordReceipts(receipts: Receipt[]): Promise<void>;
  recordInbound(items: InboundItem[]): Promise<InboundResult[]>;
  setAccountState(token: number, state: AccountState): Promise<void>;
  /** The number and the private id of the phone that is linked. */
  setIdentity(token: number, identity: Recipient): Promise<void>;
  logoutWish(): Promise<LogoutWish | null>;
  finishLogout(token: number, result: "unlinked" | "erased"): Promise<void>;
};

/** COMMIT was sent and its answer lost. For T1 that means: re-read, never send. */
export function isAmbiguousCommit(error: unknown): boolean {
  return error instanceof Error && error.name === "AmbiguousCommit";
}
