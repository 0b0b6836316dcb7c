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
  /**
   * Keys could not be read, or not be committed for good: the process must not go on with this
   * session. The connection has to end in the same turn. The library takes what it could not
   * decrypt for somebody else's mistake and would confirm it to the server, which then forgets it.
   */
  onKeysLost(error: Error): void;
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
    const store = asLibraryStore(deps);
    const keys = addTransactionCapability(store, logger, {
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

    const orFence = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof KeyCommitError) deps.onKeysLost(error);
        throw error;
      }
    };

    // Otherwise the library would send to the other devices and leave this one out.
    repository.encryptMessage = async (options) =>
      orFence(async () => encryptMessage({ ...options, jid: await lockNameOf(options.jid) }));

    repository.decryptMessage = async (options) => {
      const stanza = deps.inbox.take(options.ciphertext);
      if (stanza === undefined) return orFence(() => decryptMessage(options));
      const kept = await readFrom(deps, inboxCategory, [stanza.row]);
      const before = keptStanza.safeParse(kept[stanza.row]);
      // Delivered again after a crash: the ratchet has moved on, the plaintext is still here.
      if (before.success) return before.data.plain;
      const decryptAndKeep = async (): Promise<Uint8Array> => {
        const plain = await decryptMessage(options);
        const row = { attrs: stanza.attrs, plain: Buffer.from(plain) };
        await keys.set(ownCategory({ [inboxCategory]: { [stanza.row]: row } }));
        return plain;
      };
      return orFence(() => keys.transaction(decryptAndKeep, options.jid));
    };
    return repository;
  };
}

/** The sealed store in the library's types: categories are its own names, values are opaque to us. */
export function asLibraryStore(deps: Pick<RepositoryDeps, "keys" | "onKeysLost">): SignalKeyStore {
  const store = {
    get: async (category: string, ids: string[]) => {
      const values = await readFrom(deps, category, ids);
      return category === "app-state-sync-key" ? withKeyData(values) : values;
    },
    set: async (changes: KeyChanges) => {
      try {
        await deps.keys.set(changes);
      } catch (error) {
        throw new KeyCommitError({ cause: error });
      }
    },
  };
  // The library types values per category; the store gives back what the library itself put in.
  return store as unknown as SignalKeyStore;
}

/** The library swallows a failed read as "no session", so the connection ends here. */
async function readFrom(
  { keys, onKeysLost }: Pick<RepositoryDeps, "keys" | "onKeysLost">,
  category: string,
  ids: readonly string[],
): Promise<Record<string, unknown>> {
  try {
    return await keys.get(category, ids);
  } catch (error) {
    onKeysLost(error instanceof Error ? error : new Error("unknown"));
    throw error;
  }
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
