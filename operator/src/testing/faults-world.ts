import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { onTestFinished } from "vitest";
import type { KubeObject as ServerObject } from "../../../scripts/src/cluster/client/kube-client.ts";
import { openTestCluster, type TestCluster } from "../../../scripts/src/cluster/testing/cluster.ts";
import { refOf, type KubeObject } from "../api/objects.ts";
import { accountIn, isList, type FaultyCluster } from "./faulty-cluster.ts";
import { waitFor } from "./wait-for.ts";

export interface FaultsWorld {
  test: TestCluster;
  /** Applies an account behind the adapter's back; a new one when no name is given. */
  applyElsewhere(spec?: Record<string, unknown>, name?: string): Promise<KubeObject>;
  close(): Promise<void>;
}

/** A namespace on the run's API server, with somebody else who writes to it. */
export const openFaultsWorld = async (prefix: string): Promise<FaultsWorld> => {
  const test = await openTestCluster(prefix);
  let count = 0;
  return {
    test,
    applyElsewhere: async (spec = {}, name = `account-${(count += 1)}`) => {
      const object = accountIn(test.namespace, name, spec);
      // The two clients describe the same JSON with types of their own.
      const server = object as unknown as ServerObject;
      return (await test.client.apply(server, "else")) as unknown as KubeObject;
    },
    close: test.close,
  };
};

/** Resolves when the adapter has this version of the object. */
export const untilSeen = async ({ cluster }: FaultyCluster, object: KubeObject): Promise<unknown> =>
  waitFor(
    async () => {
      const known = await cluster.get(refOf(object));
      return known?.metadata.resourceVersion === object.metadata.resourceVersion || undefined;
    },
    { timeoutMs: 60_000 },
  );

/** When this process began to send each list of accounts, from now until the test ends. */
export const noteListsSent = (): readonly { atMs: number }[] => {
  const sent: { atMs: number }[] = [];
  const note = (message: unknown): void => {
    const { request } = message as { request: { method: string; path: string } };
    if (request.method === "GET" && isList(request.path)) sent.push({ atMs: performance.now() });
  };
  subscribe("undici:request:create", note);
  onTestFinished(() => void unsubscribe("undici:request:create", note));
  return sent;
};

/** Milliseconds between each of these and the one before. */
export const gapsOf = (times: readonly { atMs: number }[]): number[] =>
  times.slice(1).map(({ atMs }, index) => atMs - (times[index]?.atMs ?? 0));
