import { digestOf } from "../api/names.ts";
import {
  type AccountRuntime,
  listAccountRuntimeRoute,
  queueDepthRoute,
  type AccountDepth,
  type EndSessionBody,
  type EnsureAccountBody,
  EndedSession,
} from "@rarity/contracts/internal";
import type { DepthReading } from "../scaling/scaling-types.ts";
import type { InternalClient } from "./internal-client.ts";
import { startSource } from "./poll-source.ts";

export type { AccountRuntime };
export type RuntimeReading =
  { ok: true; runtime: AccountRuntime | undefined } | { ok: false; message: string };

/** What the platform's services say about accounts. */
export interface AccountSources {
  depthOf(accountId: string): DepthReading;
  runtimeOf(accountId: string): RuntimeReading;
  ensureAccount(accountId: string, body: EnsureAccountBody): Promise<void>;
  /** Asks for a logout, or learns that it is done (true). Repeating it changes nothing. */
  logoutAccount(accountId: string, body: EndSessionBody): Promise<boolean>;
  eraseSession(accountId: string, body: EndSessionBody): Promise<void>;
  stop(): Promise<void>;
}

/** The services accounts of a namespace belong to. */
export interface SourceDirectory {
  of(namespace: string): Pick<AccountSources, Exclude<keyof AccountSources, "stop">>;
}

export interface AccountSourcesDeps {
  client: InternalClient;
  queueDepthUrl: string;
  accountsUrl: string;
  intervalMs: number;
  onReading: () => void;
}

const notYet = { ok: false, message: "not read yet" } as const;

export const startAccountSources = (deps: AccountSourcesDeps): AccountSources => {
  const { client, intervalMs, onReading } = deps;
  const accountsBase = deps.accountsUrl.replace(/\/$/, "");
  const depths = startSource({
    read: createReader(
      async () => client.getText(deps.queueDepthUrl),
      (answer) => {
        const { accounts } = queueDepthRoute.response.schema.parse(answer);
        return new Map(accounts.map((account) => [account.accountId, account]));
      },
    ),
    intervalMs,
    onReading,
  });
  const runtimes = startSource({
    read: createReader(
      async () => client.getText(`${accountsBase}${listAccountRuntimeRoute.path}`),
      (answer) => {
        const { accounts } = listAccountRuntimeRoute.response.schema.parse(answer);
        return new Map(accounts.map((account) => [account.id, account]));
      },
    ),
    intervalMs,
    onReading,
  });
  return {
    depthOf: (accountId) => {
      const reading = depths.latest() ?? notYet;
      return reading.ok ? { ok: true, depth: toDepth(reading.value.get(accountId)) } : reading;
    },
    runtimeOf: (accountId) => {
      const reading = runtimes.latest() ?? notYet;
      return reading.ok ? { ok: true, runtime: reading.value.get(accountId) } : reading;
    },
    ensureAccount: async (accountId, body) =>
      client.putJson(`${accountsBase}/internal/accounts/${accountId}`, body),
    logoutAccount: async (accountId, body) => {
      const url = `${accountsBase}/internal/accounts/${accountId}/logout`;
      return EndedSession.parse(await client.postJson(url, body)).done;
    },
    eraseSession: async (accountId, body) => {
      await client.postJson(`${accountsBase}/internal/accounts/${accountId}/erase-session`, body);
    },
    stop: async () => {
      await Promise.all([depths.stop(), runtimes.stop()]);
    },
  };
};

/** Answers the same value until the service says something else: thousands of accounts are read each second. */
const createReader = <T>(
  read: () => Promise<string>,
  parse: (answer: unknown) => T,
): (() => Promise<T>) => {
  let last: { digest: string; value: T } | undefined;
  return async () => {
    const text = await read();
    const digest = digestOf(withoutTime(text));
    if (last?.digest !== digest) last = { digest, value: parse(JSON.parse(text)) };
    return last.value;
  };
};

/** An answer begins with when it was given. */
const withoutTime = (text: string): string => text.replace(/^\{"at":"[^"]*",/, "{");

/** An account the queue does not name has nothing queued. */
const toDepth = (
  found: AccountDepth | undefined,
): Extract<DepthReading, { ok: true }>["depth"] => ({
  ready: found?.ready ?? 0,
  waiting: found?.waiting ?? 0,
  nextDueAt: typeof found?.nextDueAt === "string" ? new Date(found.nextDueAt) : undefined,
});
