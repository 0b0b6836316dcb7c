import { randomBytes } from "node:crypto";
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  initAuthCreds,
  jidDecode,
  jidEncode,
  proto,
  type AuthenticationCreds,
  type LTHashState,
} from "@whiskeysockets/baileys";
import type { PhoneSettings } from "../api/phones.ts";
import { bounds } from "../bounded.ts";
import type { Account, ChatMessage, OutboxEntry, Phone } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid } from "../wire/addresses.ts";
import { createKeyStore } from "./key-store.ts";
import { publishKeys } from "./publish-keys.ts";
import { setPushName } from "./push-name.ts";

export type NewPhone = {
  phone: string;
  name: string;
  business: boolean;
  lid?: string | undefined;
  lidMigrated?: boolean | undefined;
};

/** What of a phone survives a restart. */
export type PhoneState = {
  creds: AuthenticationCreds;
  keyData: Map<string, unknown>;
  settings: PhoneSettings;
  inbox: Phone["inbox"];
  outbox: Map<string, OutboxEntry>;
  decryptFailures: Map<string, number>;
  appStateKey: { id: Buffer; data: Buffer };
  appStateHash: Map<string, LTHashState>;
  chats: Map<string, ChatMessage[]>;
};

/** Creates an account with its phone: keys published, push name written to the app state. */
export async function createPhone(world: World, input: NewPhone): Promise<Account> {
  const lid = input.lid ?? `9${input.phone}77`;
  if (world.accounts.size >= bounds.phones) throw new TooManyPhones();
  if (world.accounts.has(input.phone)) throw new PhoneExists(input.phone);
  if (world.byLid.has(lid)) throw new PhoneExists(lid);
  const account = registerAccount(
    world,
    {
      pn: input.phone,
      lid,
      name: input.name,
      business: input.business,
      verifiedName: Buffer.alloc(0),
      nextDevice: 1,
      devices: new Map(),
      privacy: new Map(),
      blocked: new Set(),
      status: "Available",
      appState: new Map(),
    },
    newPhoneState(world, input),
  );
  account.verifiedName = verifiedNameCertificate(account);
  const keys = await publishKeys(account, INITIAL_PREKEYS);
  account.devices.set(0, {
    ...keys,
    id: 0,
    keyIndex: 0,
    noise: undefined,
    deviceIdentity: undefined,
    pending: new Map(),
    historySent: true,
    conn: undefined,
  });
  await setPushName(world, account, account.name);
  world.events.append("phone_created", account.pn, { name: account.name });
  world.changed();
  return account;
}

export class PhoneExists extends Error {
  constructor(phone: string) {
    super(`a phone ${phone} exists already`);
    this.name = "PhoneExists";
  }
}

export class TooManyPhones extends Error {
  constructor() {
    super(`${bounds.phones} phones are all a sandbox holds: remove some`);
    this.name = "TooManyPhones";
  }
}

const INITIAL_PREKEYS = 60;

const newPhoneState = ({ options }: World, input: NewPhone): PhoneState => ({
  creds: initAuthCreds(),
  keyData: new Map(),
  settings: {
    online: true,
    autoRead: false,
    autoReply: null,
    deliveryReceipts: true,
    addressing: options.addressing,
    lidMigrated: input.lidMigrated ?? options.lidMigrated,
  },
  inbox: [],
  outbox: new Map(),
  decryptFailures: new Map(),
  appStateKey: {
    id: Buffer.concat([Buffer.from([0, 0]), randomBytes(4)]),
    data: randomBytes(32),
  },
  appStateHash: new Map(),
  chats: new Map(),
});

/** Puts an account, new or restored, into the directory and gives its phone a Signal repository. */
export function registerAccount(
  world: World,
  data: Omit<Account, "phone">,
  state: PhoneState,
): Account {
  const quiet = world.logger.child({ part: "phone" }, { level: "silent" });
  const keys = addTransactionCapability(createKeyStore(state.keyData, world.changed), quiet, {
    maxCommitRetries: 3,
    delayBetweenTriesMs: 50,
  });
  const lidsOf = (jids: string[]): Promise<{ pn: string; lid: string }[]> =>
    Promise.resolve(
      jids.flatMap((pn) => {
        const known = world.accounts.get(jidDecode(pn)?.user ?? "");
        return known === undefined ? [] : [{ pn, lid: jidEncode(known.lid, "lid") }];
      }),
    );
  const signal = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
    { creds: state.creds, keys },
    quiet,
    lidsOf,
  );
  const phone: Phone = { ...state, keys, signal, chain: Promise.resolve() };
  const account: Account = { ...data, phone };
  phone.creds.me = { id: pnJid(account), lid: lidJid(account), name: account.name };
  world.accounts.set(account.pn, account);
  world.byLid.set(account.lid, account);
  return account;
}

function verifiedNameCertificate(account: Account): Buffer {
  const { VerifiedNameCertificate } = proto;
  const details = VerifiedNameCertificate.Details.encode({
    serial: 1,
    issuer: "smb:wa",
    verifiedName: account.name,
  }).finish();
  const signature = Curve.sign(account.phone.creds.signedIdentityKey.private, details);
  return Buffer.from(VerifiedNameCertificate.encode({ details, signature }).finish());
}
