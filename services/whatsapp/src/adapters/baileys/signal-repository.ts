import {
  addTransactionCapability,
  DEFAULT_CONNECTION_CONFIG,
  proto,
} from "@whiskeysockets/baileys";
import type { SignalKeyStore, SocketConfig } from "@whiskeysockets/baileys";
import type { KeyChanges, SealedKeyStore } from "../store/sealed-key-store.ts";
import { inboxCategory, keptStanza } from "./stanza-inbox.ts";
import type { StanzaInbox } from "./stanza-inbox.ts";

export type RepositoryDeps = {
  keys: SealedKeyStore;
  inbox: StanzaInbox;
  /** A commit of keys failed for good: the process must not go on with this session. */
  onKeysLost(error: KeyCommitError): void;
};

class KeyCommitError extends Error {
  constructor(options: ErrorOptions) {
    super("Signal keys could not be committed", options);
    this.name = "KeyCommitError";
  }
}

type MakeRepository = SocketConfig["makeSignalRepository"];

/**
 * The write-ahead ratchet. Stock wiring commits keys after the frame was written, so a crash leaves
 * the disk behind the wire and the next message is lost. Here the repository has its own
 * transaction layer: `encryptMessage` returns when its keys are durable, before anything is sent.
 */
export function createRepositoryFactory(deps: RepositoryDeps): MakeRepository {
  return (auth, logger, phoneToLid) => {
    const keys = addTransactionCapability(asLibraryStore(deps.keys), logger, {
      maxCommitRetries: 3,
      delayBetweenTriesMs: 100,
    });
    const creds = auth.creds;
    const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds, keys },
      logger,
      phoneToLid,
    );
    const { encryptMessage, decryptMessage, injectE2ESession } = repository;
    // Decryption locks a peer under its LID. What changes the same session must use the same lock,
    // or the two overwrite each other's ratchet under two-way traffic.
    const lockNameOf = async (jid: string): Promise<string> =>
      (await repository.lidMapping.getLIDForPN(jid).catch(() => null)) ?? jid;

    repository.injectE2ESession = async (options) =>
      injectE2ESession({ ...options, jid: await lockNameOf(options.jid) });

    repository.encryptMessage = async (options) => {
      const jid = await lockNameOf(options.jid);
      try {
        return await encryptMessage({ ...options, jid });
      } catch (error) {
        // The library would now send to the other devices and leave this one out.
        if (error instanceof KeyCommitError) deps.onKeysLost(error);
        throw error;
      }
    };

    repository.decryptMessage = async (options) => {
      const stanza = deps.inbox.take(options.ciphertext);
      if (stanza === undefined) return decryptMessage(options);
      const kept = await deps.keys.get(inboxCategory, [stanza.row]);
      const before = keptStanza.safeParse(kept[stanza.row]);
      // Delivered again after a crash: the ratchet has moved on, the plaintext is still here.
      if (before.success) return before.data.plain;
      return keys.transaction(async () => {
        const plain = await decryptMessage(options);
        const row = { attrs: stanza.attrs, plain: Buffer.from(plain) };
        await keys.set(ownCategory({ [inboxCategory]: { [stanza.row]: row } }));
        return plain;
      }, options.jid);
    };
    return repository;
  };
}

/** The sealed store in the library's types: categories are its own names, values are opaque to us. */
export function asLibraryStore(keys: SealedKeyStore): SignalKeyStore {
  const store = {
    get: async (category: string, ids: string[]) => {
      const values = await keys.get(category, ids);
      return category === "app-state-sync-key" ? withKeyData(values) : values;
    },
    set: async (changes: KeyChanges) => {
      try {
        await keys.set(changes);
      } catch (error) {
        throw new KeyCommitError({ cause: error });
      }
    },
  };
  // The library types values per category; the store gives back what the library itself put in.
  return store as unknown as SignalKeyStore;
}

/** The library calls methods of this one class on what it reads back. */
function withKeyData(values: Record<string, unknown>): Record<string, unknown> {
  const revive = (value: unknown) =>
    proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>);
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, revive(value)]));
}

/** Our own categories travel through the library's transaction, which does not look at names. */
function ownCategory(changes: KeyChanges): Parameters<SignalKeyStore["set"]>[0] {
  return changes;
}
