import type {
  InboundItem,
  OutboundAttempt,
  Receipt,
  Recipient,
  SendOutcome,
  SendPermit,
  TypingState,
} from "@rarity/channel-kit";
import type { Disconnect } from "../domain/disconnect.ts";

/** One socket, from the first byte to the close. It is never used again after it closed. */
export type Connection = {
  /** Settles once, after everything received has been handed over and keys are durable. */
  readonly closed: Promise<Disconnect>;
  send(attempt: OutboundAttempt, permit: SendPermit): Promise<SendOutcome>;
  /** What the wire said about an id since this connection began. */
  evidenceOf(providerToken: string): Evidence | undefined;
  markRead(chat: Recipient, providerMessageIds: string[]): Promise<void>;
  typing(chat: Recipient, state: TypingState): Promise<void>;
  /** True when the server confirmed that this device is no longer linked. */
  unlink(): Promise<boolean>;
  /** Orderly: what arrived is recorded first. */
  close(): Promise<void>;
  /** In the same turn: not one more byte. */
  terminate(): void;
};

export type Evidence = { source: "ack" | "receipt"; at: string };

export type ConnectionEvents = {
  onQr(qr: string, expiresAt: Date): void;
  onCode(code: string, expiresAt: Date): void;
  /** The phone agreed; a new connection follows. */
  onPaired(): void;
  /** Logged in, and what waited for us has been delivered. */
  onReady(identity: Recipient | undefined, displayName: string | undefined): void;
  onReceipts(receipts: Receipt[]): Promise<void>;
  onInbound(item: InboundItem): Promise<void>;
  /** Keys could not be committed: this process may not use the session any more. */
  onFenced(detail: string): void;
};

export type PairingMethod = { method: "qr" } | { method: "code"; phone: string };

/** The session of one account as stored, opened for one connection. */
export type Session = {
  readonly paired: boolean;
  connect(pairing: PairingMethod, events: ConnectionEvents): Connection;
  /** Nothing of the linked device is left. */
  destroy(): Promise<void>;
};

export type OpenSession = () => Promise<Session>;

/** Where people see the QR or the code, and ask for one. */
export type PairingBoard = {
  show(pairing: { method: "qr" | "code"; value: string; expiresAt: Date }): Promise<void>;
  finish(state: "paired" | "expired" | "failed"): Promise<void>;
  /** The device was unlinked: no new offer until somebody asks for one. */
  close(): Promise<void>;
  /** How to pair now, or undefined while nobody asked since the last round ended. */
  wanted(): Promise<PairingMethod | undefined>;
  /** Somebody asked since the last `wanted()`, maybe for the other way. */
  isAskedAnew(): Promise<boolean>;
};
