import type { Logger } from "pino";
import type { BinaryNode } from "@whiskeysockets/baileys";
import type { EventLog } from "./event-log.ts";
import type { Faults } from "./faults/faults.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { MediaStore } from "./media/media-store.ts";
import type { Account, Addressing } from "./model.ts";
import type { NoiseAuthority } from "./noise/authority.ts";
import type { Peers } from "./peers.ts";
import type { Timers } from "./timers.ts";
import type { Connection } from "./wire/connection.ts";

export type WorldOptions = {
  /** How phones address their outgoing messages unless a phone says otherwise. */
  addressing: Addressing;
  pushInitialHistory: boolean;
  /** New phones tell their clients that chats have moved to LID addressing. */
  lidMigrated: boolean;
  /** An unpaired socket is closed after its six refs: 60 + 5 x 20 s. */
  refLifetimeMs: number;
};

/** A companion that asked for a pairing code and waits for the phone. */
export type PendingCode = {
  conn: Connection;
  ref: Buffer;
  wrapped: Buffer;
  noise: Buffer;
  onFinish: ((bundle: Buffer) => void) | undefined;
};

/** Calls from the wire to the emulated phones; set once while the sandbox is put together. */
export type PhoneHooks = {
  receive(account: Account, stanza: BinaryNode): void;
  companionReady(account: Account, deviceId: number): void;
  keysLow(account: Account): void;
};

/** Everything one sandbox holds. Functions get it as their first argument. */
export type World = {
  options: WorldOptions;
  logger: Logger;
  authority: NoiseAuthority;
  accounts: Map<string, Account>;
  byLid: Map<string, Account>;
  refs: Map<string, Connection>;
  pendingCodes: Map<string, PendingCode>;
  media: MediaStore;
  ledger: Ledger;
  faults: Faults;
  events: EventLog;
  peers: Peers;
  timers: Timers;
  phones: PhoneHooks;
  /** The media host as clients see it, `host:port`; known once it listens. */
  mediaHost: string;
  unknownIqs: string[];
  /** Marks the state as changed, so that it reaches the data file. */
  changed(): void;
  /** Who hears of changes; set once the sandbox is put together. */
  onChange(): void;
};
