import {
  addTransactionCapability,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  getNextPreKeys,
  initAuthCreds,
} from "@whiskeysockets/baileys";
import type { SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";
import { pino } from "pino";
import { beforeEach, expect, test, vi } from "vitest";
import { muteConsole } from "./mute-console.ts";
import { keepSessionsWhole } from "./whole-sessions.ts";

const logger = pino({ level: "silent" });
type Repository = ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;
type Person = { jid: string; signal: Repository; bundle(): Promise<Bundle> };
type Bundle = Parameters<Repository["injectE2ESession"]>[0]["session"];

function memoryStore(): SignalKeyStore {
  const data = new Map<string, unknown>();
  return {
    get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const id of ids) {
        const value = data.get(`${type}/${id}`);
        if (value !== undefined) found[id] = structuredCloneOf(value) as SignalDataTypeMap[T];
      }
      return found;
    },
    set: (changes) => {
      for (const [type, entries] of Object.entries(changes)) {
        for (const [id, value] of Object.entries(entries)) data.set(`${type}/${id}`, value);
      }
    },
  };
}

/** What was read must not be what is stored. */
function structuredCloneOf(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : structuredClone(value);
}

function person(jid: string): Person {
  const creds = initAuthCreds();
  const keys = addTransactionCapability(memoryStore(), logger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  const signal = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger, () =>
    Promise.resolve(undefined),
  );
  const bundle = async (): Promise<Bundle> => {
    const { update, preKeys } = await getNextPreKeys({ creds, keys }, 1);
    Object.assign(creds, update);
    const [keyId, pair] = Object.entries(preKeys)[0]!;
    return {
      registrationId: creds.registrationId,
      identityKey: generateSignalPubKey(creds.signedIdentityKey.public),
      signedPreKey: {
        keyId: creds.signedPreKey.keyId,
        publicKey: generateSignalPubKey(creds.signedPreKey.keyPair.public),
        signature: creds.signedPreKey.signature,
      },
      preKey: { keyId: Number(keyId), publicKey: generateSignalPubKey(pair.public) },
    };
  };
  return { jid, signal, bundle };
}

type Sealed = { type: "pkmsg" | "msg"; ciphertext: Uint8Array };

const write = (from: Person, to: Person, text: string): Promise<Sealed> =>
  from.signal.encryptMessage({ jid: to.jid, data: Buffer.from(text) });
const read = async (by: Person, from: Person, sealed: Sealed): Promise<string> =>
  Buffer.from(await by.signal.decryptMessage({ jid: from.jid, ...sealed })).toString();

/** Both talk; then Ann starts a new session while a message of Bob under the old one is on its way. */
async function startAnewWhileAMessageIsOnItsWay() {
  const [ann, bob] = [person("15550000001@s.whatsapp.net"), person("15550000002@s.whatsapp.net")];
  await ann.signal.injectE2ESession({ jid: bob.jid, session: await bob.bundle() });
  await read(bob, ann, await write(ann, bob, "hello"));
  await read(ann, bob, await write(bob, ann, "hello to you"));
  await read(bob, ann, await write(ann, bob, "and again"));
  const onItsWay = await write(bob, ann, "under the old session");
  await ann.signal.injectE2ESession({ jid: bob.jid, session: await bob.bundle() });
  expect(await read(ann, bob, onItsWay)).toBe("under the old session");
  return { ann, bob, onItsWay };
}

beforeEach(() => {
  vi.resetModules();
  muteConsole();
});

test("libsignal by itself spoils the new session with a message under the old one", async () => {
  const { ann, bob } = await startAnewWhileAMessageIsOnItsWay();
  await expect(read(bob, ann, await write(ann, bob, "new"))).rejects.toThrow();
});

test("a session that did not fit stays as it was, and a known message is called known", async () => {
  keepSessionsWhole();
  const { ann, bob, onItsWay } = await startAnewWhileAMessageIsOnItsWay();
  expect(await read(bob, ann, await write(ann, bob, "new"))).toBe("new");
  expect(await read(ann, bob, await write(bob, ann, "answer"))).toBe("answer");
  await expect(read(ann, bob, onItsWay)).rejects.toThrow("Key used already or never filled");
  await expect(read(ann, bob, { ...onItsWay, ciphertext: Buffer.alloc(40, 3) })).rejects.toThrow();
  expect(await read(bob, ann, await write(ann, bob, "still fine"))).toBe("still fine");
});
