import type { Agent as HttpsAgent } from "node:https";
import { Browsers } from "@whiskeysockets/baileys";
import type {
  AuthenticationCreds,
  CacheStore,
  UserFacingSocketConfig,
} from "@whiskeysockets/baileys";
import type { Logger } from "pino";
import type { WayOut } from "../proxy/way-out.ts";
import type { SealedKeyStore } from "../store/sealed-key-store.ts";
import { keptMessage } from "./frozen-message.ts";
import { createLibraryLogger } from "./library-logger.ts";
import { asLibraryStore, createRepositoryFactory } from "./signal-repository.ts";
import type { RepositoryDeps } from "./signal-repository.ts";

export type SocketSettings = {
  /** Only set for the sandbox; the library knows WhatsApp's own address. */
  url: string | undefined;
  /** Of the WebSocket, of uploads and of every download. */
  wayOut: WayOut;
  connectTimeoutMs: number;
  keepAliveIntervalMs: number;
};

export const retryCategory = "retry-count";

export function socketConfig(
  settings: SocketSettings,
  creds: AuthenticationCreds,
  logger: Logger,
  repository: RepositoryDeps,
): UserFacingSocketConfig {
  const { keys } = repository;
  return {
    auth: { creds, keys: asLibraryStore(repository) },
    makeSignalRepository: createRepositoryFactory(repository),
    logger: createLibraryLogger(logger),
    browser: Browsers.ubuntu("Chrome"),
    connectTimeoutMs: settings.connectTimeoutMs,
    keepAliveIntervalMs: settings.keepAliveIntervalMs,
    defaultQueryTimeoutMs: 30_000,
    transactionOpts: { maxCommitRetries: 3, delayBetweenTriesMs: 100 },
    syncFullHistory: false,
    // Own sends go through `relayMessage`; there is nothing to announce to ourselves.
    emitOwnEvents: false,
    // Its lookup key lacks the device, so it misses what companion devices ask for; the store does not.
    enableRecentMessageCache: false,
    getMessage: async ({ id }) => (id ? await keptMessage(keys, id) : undefined),
    msgRetryCounterCache: durableCounter(keys),
    shouldIgnoreJid: isNotAPerson,
    ...(settings.url === undefined ? {} : { waWebSocketUrl: settings.url }),
    ...wayOutConfig(settings.wayOut),
  };
}

/** Uploads take the agent; what the library fetches by itself (history, settings) the dispatcher. */
function wayOutConfig({ agent: given, dispatcher }: WayOut): Partial<UserFacingSocketConfig> {
  const agent = given as HttpsAgent | undefined;
  return {
    ...(agent === undefined ? {} : { agent, fetchAgent: agent }),
    // Its type is of the older library that Node's own types name.
    ...(dispatcher === undefined ? {} : { options: { dispatcher } as unknown as RequestInit }),
  };
}

/** A restart must not let a device that cannot decrypt ask for ever. */
function durableCounter(keys: SealedKeyStore): CacheStore {
  return {
    // The interface promises `T` or a promise of `T`; a missing counter is part of its contract.
    get: <T>(key: string) => keys.get(retryCategory, [key]).then((found) => found[key] as T),
    set: (key, value) => keys.set({ [retryCategory]: { [key]: value } }),
    del: (key) => keys.set({ [retryCategory]: { [key]: null } }),
    flushAll: () => undefined,
  };
}

/** Groups, channels and status updates are not part of outreach: acknowledged and not decrypted. */
function isNotAPerson(jid: string): boolean {
  return /@(g\.us|newsletter|broadcast)$/.test(jid);
}
