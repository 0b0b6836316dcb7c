import type { proto, BinaryNode, AuthenticationCreds, LTHashState } from "@whiskeysockets/baileys";
import type {
  SignalRepositoryWithLIDStore,
  SignalKeyStoreWithTransaction,
} from "@whiskeysockets/baileys";
import type { PhoneSettings } from "./api/phones.ts";
import type { Connection } from "./wire/connection.ts";

export type Addressing = "pn" | "lid";
export type PreKey = { id: number; value: Buffer };
export type SignedPreKey = PreKey & { signature: Buffer };

/** The public half of a device's Signal keys, as the server's directory holds it. */
export type DeviceKeys = {
  registrationId: number;
  identity: Buffer;
  signedPreKey: SignedPreKey;
  preKeys: PreKey[];
};

/** Device 0 is the phone itself; the others are linked companions. */
export type Device = DeviceKeys & {
  id: number;
  keyIndex: number;
  noise: Buffer | undefined;
  deviceIdentity: Buffer | undefined;
  /** Stanzas kept until the device answers with a receipt or an ack. */
  pending: Map<string, BinaryNode>;
  historySent: boolean;
  conn: Connection | undefined;
};

export type Account = {
  pn: string;
  lid: string;
  name: string;
  business: boolean;
  verifiedName: Buffer;
  nextDevice: number;
  devices: Map<number, Device>;
  privacy: Map<string, string>;
  blocked: Set<string>;
  status: string;
  /** Encoded SyncdPatch messages; patch n of a collection has version n. */
  appState: Map<string, Buffer[]>;
  phone: Phone;
};

export type MessageStatus = "sent" | "delivered" | "read";

export type ChatMessage = {
  id: string;
  peer: string;
  fromMe: boolean;
  /** The device of this account that wrote it (own messages only). */
  device: number;
  at: string;
  kind: string;
  text: string | undefined;
  quotedId: string | undefined;
  reaction: { emoji: string; targetId: string } | undefined;
  media: { mimetype: string; fileName: string | undefined; size: number } | undefined;
  status: MessageStatus | undefined;
  read: boolean;
  edited: boolean;
  revoked: boolean;
  /** The encoded proto message: needed for media bytes, quotes and resends. */
  raw: Buffer;
};

export type OutboxEntry = { toPn: string; message: Buffer; type: string; category?: string };

/** The primary device of one account, emulated: identity, Signal sessions, chats, settings. */
export type Phone = {
  creds: AuthenticationCreds;
  keyData: Map<string, unknown>;
  keys: SignalKeyStoreWithTransaction;
  signal: SignalRepositoryWithLIDStore;
  settings: PhoneSettings;
  inbox: BinaryNode[];
  outbox: Map<string, OutboxEntry>;
  decryptFailures: Map<string, number>;
  appStateKey: { id: Buffer; data: Buffer };
  appStateHash: Map<string, LTHashState>;
  chats: Map<string, ChatMessage[]>;
  /** Signal ratchets demand one operation at a time: everything runs through this chain. */
  chain: Promise<unknown>;
};

export type Message = proto.IMessage;
