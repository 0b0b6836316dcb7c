import {
  startAccountSources,
  type AccountSources,
  type SourceDirectory,
} from "./account-sources.ts";
import { createInternalClient } from "./internal-client.ts";

/** Where the services of one installation answer, and the token they ask for. */
export interface ServiceAccess {
  orchestratorUrl: string;
  accountsUrl: string;
  token: string;
}

/** The services of every Platform, each read on its own. */
export interface PlatformSources extends SourceDirectory {
  /** Reads them from now on. Repeating it changes nothing. */
  open(namespace: string, access: ServiceAccess): void;
  close(namespace: string): Promise<void>;
  stop(): Promise<void>;
}

export interface PlatformSourcesDeps {
  intervalMs: number;
  beforeChange?: (() => void) | undefined;
  onReading: (namespace: string) => void;
}

export const createPlatformSources = (deps: PlatformSourcesDeps): PlatformSources => {
  const opened = new Map<string, { access: ServiceAccess; sources: AccountSources }>();

  const close = async (namespace: string): Promise<void> => {
    const entry = opened.get(namespace);
    opened.delete(namespace);
    await entry?.sources.stop();
  };

  return {
    of: (namespace) => opened.get(namespace)?.sources ?? nobody,
    open: (namespace, access) => {
      const entry = opened.get(namespace);
      if (entry !== undefined && isSame(entry.access, access)) return;
      void entry?.sources.stop();
      const sources = startAccountSources({
        client: createInternalClient({ token: access.token, beforeChange: deps.beforeChange }),
        queueDepthUrl: `${access.orchestratorUrl}/internal/queue-depth`,
        accountsUrl: access.accountsUrl,
        intervalMs: deps.intervalMs,
        onReading: () => deps.onReading(namespace),
      });
      opened.set(namespace, { access, sources });
    },
    close,
    stop: async () => {
      await Promise.all([...opened.keys()].map(close));
    },
  };
};

const isSame = (a: ServiceAccess, b: ServiceAccess): boolean =>
  a.orchestratorUrl === b.orchestratorUrl && a.accountsUrl === b.accountsUrl && a.token === b.token;

const message = "there is no Platform in this namespace whose services could be asked";
const unknown = { ok: false, message } as const;

const refuse = async (): Promise<never> => Promise.reject(new Error(message));

/** Nothing is known about accounts without an installation: never zero, never done. */
const nobody: ReturnType<SourceDirectory["of"]> = {
  depthOf: () => unknown,
  runtimeOf: () => unknown,
  ensureAccount: refuse,
  logoutAccount: refuse,
  eraseSession: refuse,
};
