import type { KubeClient, KubeRequest } from "../client/kube-client.ts";

/** Whether this process may write at all. Asked right before every write. */
export interface WriteGuard {
  /** Throws NotLeader when the lease may have run out. Costs nothing. */
  check(): void;
  /** Asks the server whose the lease is; throws NotLeader when it is not ours. */
  confirm(): Promise<void>;
}

/** Every attempt of every write asks the guard: a lease can end while one waits to be tried again. */
export const guardWrites = (client: KubeClient, guard: WriteGuard): KubeClient => ({
  ...client,
  send: async (wanted) =>
    client.send(isWrite(wanted) ? { ...wanted, beforeAttempt: () => guard.check() } : wanted),
});

const isWrite = ({ method, query }: KubeRequest): boolean =>
  method !== "GET" && query?.["dryRun"] === undefined;

/** For a process that shares its cluster with no other of its kind. */
export const noGuard: WriteGuard = {
  check: () => undefined,
  confirm: async () => Promise.resolve(),
};
