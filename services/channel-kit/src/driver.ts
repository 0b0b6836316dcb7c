import type { MediaStore } from "@rarity/platform/media";
import type { Logger } from "pino";

/**
 * What a channel has to do to be run by `runChannelPod`. The kit owns the lease, the queue, the
 * database and every decision about sending again; a driver only speaks its provider's protocol
 * and reports what it saw on the wire.
 */

/** How far the provider protects us from a second copy (send-protocol.md 1.4). */
export type RecoveryClass = "dedup" | "echo" | "blind";

export type Lane = "reply" | "followup" | "opener" | "bulk";

/** `alt` is the same person under the other addressing (phone for a LID, LID for a phone). */
export type Recipient = { kind: string; value: string; alt?: string };

export type MediaKind = "image" | "video" | "document" | "audio" | "voice";

/** Frozen at accept time: a retry sends the same bytes under the same token. */
export type AttemptContent =
  | { type: "text"; text: string }
  | {
      type: MediaKind;
      mediaId: string;
      contentType: string;
      sizeBytes: number;
      sha256: string;
      /** Key in the media store; `ctx.media.stream(storageKey)` answers the bytes. */
      storageKey: string;
      caption?: string;
      fileName?: string;
    }
  | { type: "reaction"; emoji: string; target: MessageReference };

/** A message both sides already know, by the provider's id. `text` is for the quoted preview. */
export type MessageReference = { providerMessageId: string; fromMe: boolean; text?: string };

export type OutboundAttempt = {
  messageId: string;
  attemptNo: number;
  conversationId: string;
  /** Chosen at accept, the same for every attempt of the message, for ever. */
  providerToken: string;
  recipient: Recipient;
  content: AttemptContent;
  lane: Lane;
  /** First message ever to this person from this account. */
  stranger: boolean;
  quoted?: MessageReference;
  traceparent?: string;
};

/** An attempt whose outcome is unknown: found at start, or left by a send without an answer. */
export type OpenAttempt = OutboundAttempt & {
  startedAt: string;
  ageMs: number;
  /** How many more copies the message may cost; those that never left the process are not counted. */
  triesLeft: number;
  /** The process that started it no longer runs, for certain (always true for our own attempts). */
  holderDead: boolean;
};

export type SendErrorClass = "transient" | "account" | "recipient" | "content" | "unknown";
export type SendError = { class: SendErrorClass; code: string; message: string };
export type Evidence = Record<string, string | number | boolean>;

export type SendOutcome =
  /** The provider's SERVER said it has the message. A written frame is not enough. */
  | { outcome: "acked"; providerMessageId: string; at: string; evidence: Evidence }
  /** The provider said no, for certain. */
  | { outcome: "refused"; error: SendError; evidence: Evidence }
  /** Not one byte left this process, for certain (the message is queued again). */
  | { outcome: "absent"; reason: string; evidence: Evidence }
  /** Nobody knows. The attempt stays open until evidence arrives. */
  | { outcome: "unresolved"; reason: string; evidence: Evidence };

/**
 * The K4 gate in the driver's hands. Call `enter()` in the same turn as the socket write, after all
 * encryption and key commits. It throws `GateClosedError` when the lease has too little time left.
 * From `enter()` on the kit assumes bytes may have left; before it, a throw counts as "absent".
 */
export type SendPermit = {
  enter(): void;
  readonly entered: boolean;
  /** Aborted when the lease is lost or the send timed out: stop waiting, write nothing more. */
  readonly signal: AbortSignal;
  /** Same token as an earlier attempt (class dedup only): use exactly the same id again. */
  readonly resend: boolean;
};

/** What the driver could find out about an open attempt. */
export type RecoveryFinding =
  | {
      messageId: string;
      attemptNo: number;
      found: "accepted";
      providerMessageId: string;
      evidence: Evidence;
    }
  | { messageId: string; attemptNo: number; found: "absent" | "unknown"; evidence: Evidence };

export type ReceiptStatus = "server_acked" | "delivered" | "read" | "failed";
export type Receipt = {
  providerMessageId: string;
  status: ReceiptStatus;
  at: string;
  device?: string;
  error?: SendError;
};

export type InboundMedia = {
  kind: MediaKind | "sticker";
  contentType: string;
  sizeBytes: number;
  sha256: string;
  storageKey: string;
  caption?: string;
  fileName?: string;
};

export type InboundContent =
  | { type: "text"; text: string; quotedProviderMessageId?: string }
  | { type: "media"; media: InboundMedia; quotedProviderMessageId?: string }
  | { type: "reaction"; emoji: string; targetProviderMessageId: string }
  | { type: "unsupported"; what: string };

export type InboundItem = {
  chat: Recipient;
  sender: Recipient;
  providerMessageId: string;
  at: string;
  content: InboundContent;
  /** True for history delivered after the fact: shown, but no notification and no automation. */
  backfilled: boolean;
  /** Written by our own account on another device. */
  fromMe: boolean;
  pushName?: string;
};

export type InboundResult = { providerMessageId: string; messageId: string; isNew: boolean };

export type ClosedReason =
  | "network"
  | "restart_required"
  /** Another socket took our place (WhatsApp 440). Never reconnect by yourself. */
  | "replaced"
  | "logged_out"
  /** No phone was linked; another round may follow. */
  | "pairing_failed"
  | "restricted"
  /** A key commit failed: the driver fenced itself. */
  | "fenced"
  | "failed";

export type DriverState =
  | { state: "connecting" }
  | { state: "pairing"; detail?: string }
  /** Connected, and everything the provider had kept for us has been handed over. */
  | { state: "open"; identity?: Recipient; displayName?: string }
  | {
      state: "closed";
      reason: ClosedReason;
      /** One word for programs, more exact than `reason`: `temporary_ban`, `device_removed`. */
      cause?: string;
      /** One sentence for people: what happened, and what to do about it. */
      message?: string;
      /** The provider named the time before which it will not answer otherwise. */
      retryAfterMs?: number;
    };

/** Given to `connect`. Everything here ends when `signal` aborts (lease lost or shutting down). */
export type DriverContext = {
  readonly accountId: string;
  readonly orgId: string;
  /** Fencing token of this lease. */
  readonly token: number;
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** This organization's media. */
  readonly media: MediaStore;
  /** Local monotonic answer, no I/O: is the lease still ours for at least `ms`? */
  leaseHeldFor(ms: number): boolean;
  /** Report every change, in order. The kit sends only between "open" and "closed". */
  onState(state: DriverState): void;
  /** Resolves when durable in Postgres: acknowledge to the provider after that. */
  onReceipts(receipts: Receipt[]): Promise<void>;
  /** Resolves when durable in Postgres, with what was new: acknowledge after that. */
  onInbound(items: InboundItem[]): Promise<InboundResult[]>;
  /** `crashPoint("K6")`: a no-op unless the fault suite asked this process to die there. */
  crashPoint(name: string): void;
};

export type DriverTiming = {
  /** Longest time between `permit.enter()` and the last byte handed to the kernel. */
  writeWindowMs: number;
  /** How long to wait for the provider's server ack before the attempt counts as open. */
  ackTimeoutMs: number;
  /** How long after a send its effect may still become visible (echo and blind). */
  settleMs: number;
};

export type StopReason = "shutdown" | "lease_lost" | "replaced" | "reconnect";

export type ChannelDriver = {
  readonly channel: string;
  readonly class: RecoveryClass;
  readonly timing: DriverTiming;
  /**
   * Start, and keep the connection up (own backoff for "network" and "restart_required") until
   * `stop`. Resolves when started, not when connected: `onState` tells the rest.
   */
  connect(ctx: DriverContext): Promise<void>;
  send(attempt: OutboundAttempt, permit: SendPermit): Promise<SendOutcome>;
  /** Look for evidence; never send here. The kit decides and calls `send` with `resend: true`. */
  recover(open: OpenAttempt[]): Promise<RecoveryFinding[]>;
  /**
   * Close the socket. For "lease_lost" close it in the same turn. Safe to call twice. Afterwards
   * `connect` may be called again with a new context (new lease).
   */
  stop(reason: StopReason): Promise<void>;
  /** Honours the account's own privacy settings: with receipts off the other side learns nothing. */
  markRead?(chat: Recipient, providerMessageIds: string[]): Promise<void>;
  /** One sign, sent at once. The kit decides how long it stays. */
  typing?(chat: Recipient, state: TypingState): Promise<void>;
  /**
   * Ends the stored session for good. "unlinked": the provider confirmed it, and nothing is stored
   * any more. "erased": nothing is stored any more, but the provider was not told (there was no
   * session, or `force`). "not_connected": nothing was done, ask again. Safe to repeat after a crash.
   */
  logout?(options: { force: boolean }): Promise<LogoutResult>;
};

export type TypingState = "composing" | "recording" | "paused";
export type LogoutResult = "unlinked" | "erased" | "not_connected";

export class GateClosedError extends Error {
  readonly remainingMs: number;
  constructor(remainingMs: number) {
    super("the lease has too little time left to write");
    this.name = "GateClosedError";
    this.remainingMs = remainingMs;
  }
}
