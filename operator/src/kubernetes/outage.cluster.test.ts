import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { outageMs } from "../../../scripts/src/cluster/testing/config.ts";
import type { Condition } from "../api/objects.ts";
import type { SeenRequest } from "../testing/api-proxy.ts";
import type { OperatorProcess } from "../testing/operator-process.ts";
import { openRightsWorld, type RightsWorld } from "../testing/rights-world.ts";
import { sampleAccount } from "../testing/sample-accounts.ts";
import { waitFor } from "../testing/wait-for.ts";

/** The whole program behind a proxy that misbehaves. */
const { programs } = inject("rarityCluster");
const patience = { timeoutMs: 150_000, intervalMs: 50 };

let world: RightsWorld;
let operator: OperatorProcess;
beforeAll(async () => {
  if (programs === undefined) return;
  world = await openRightsWorld();
  operator = await world.installed.start("one");
  await operator.untilLeading();
  await world.changePlatform({ scaling: { mode: "Direct", startsAtOnceMax: 1000 } });
  await editAll();
  await untilSeen();
});
afterAll(async () => {
  if (programs !== undefined) await world.close();
});
beforeEach(() => {
  world.own.proxy.fault(undefined);
  world.own.proxy.seen.length = 0;
});

const names = ["one", "two", "three"];

let edits = 0;
const editAll = async (): Promise<void> => {
  edits += 1;
  const spec = { displayName: `Edit ${edits}` };
  const { namespace } = world;
  for (const name of names) await world.apply(sampleAccount("XAccount", { name, namespace, spec }));
};

/** Resolves when every account says that it is ready as it is wished for now. */
const untilSeen = async (): Promise<void> => {
  await waitFor(async () => {
    for (const name of names) {
      const account = await world.get("XAccount", name);
      const { conditions = [] } = (account?.status ?? {}) as { conditions?: Condition[] };
      const ready = conditions.find(({ type }) => type === "Ready");
      const isNewest = ready?.observedGeneration === account?.metadata.generation;
      if (!isNewest || ready?.status !== "True") throw new Error(JSON.stringify(ready));
    }
    return true;
  }, patience);
};

const isWatch = ({ url }: SeenRequest): boolean => url.includes("watch=1");
const isCollection = ({ method, url }: SeenRequest): boolean =>
  method === "GET" && /[?&](watch|limit)=/.test(url);

/** Lists by path: one for each kind. */
const listsByPath = (): Map<string, SeenRequest[]> => {
  const lists = world.own.proxy.seen.filter((seen) => isCollection(seen) && !isWatch(seen));
  return Map.groupBy(lists, ({ url }) => url.split("?")[0] ?? "");
};

const losses = (): number =>
  operator.log.filter(({ msg }) => msg === "this replica leads no more").length;

describe.skipIf(programs === undefined)("an API server that", () => {
  // First, while the pauses between tries are short: they grow with every outage.
  it("forgets its history is listed at most once a second for each kind", async () => {
    const { proxy } = world.own;
    proxy.fault((seen) => (isWatch(seen) ? { status: 410 } : undefined));
    proxy.cut();
    const listedAgain = (): SeenRequest[][] =>
      [...listsByPath().values()].filter((lists) => lists.length >= 3);
    await waitFor(() => listedAgain().length > 10, patience);
    await editAll();
    proxy.fault(undefined);
    await untilSeen();
    for (const lists of listedAgain()) {
      const gaps = lists.slice(1).map(({ atMs }, at) => atMs - (lists[at]?.atMs ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(900);
    }
  });

  const outage = { timeout: outageMs + 180_000 };
  it(
    "is away for longer than a lease lasts finds the operator as it was, without a list",
    outage,
    async () => {
      const { proxy } = world.own;
      const [began, lossesBefore] = [performance.now(), losses()];
      proxy.fault(() => "cut");
      proxy.cut();
      await waitFor(() => losses() > lossesBefore, patience);
      await editAll();
      const wholeOutage = { ...patience, timeoutMs: outageMs + patience.timeoutMs };
      await waitFor(() => performance.now() - began > outageMs, wholeOutage);
      const tries = proxy.seen.length;
      proxy.fault(undefined);
      await operator.untilLeading();
      await untilSeen();
      expect([...listsByPath().keys()]).toEqual([]);
      expect(tries / (outageMs / 1_000)).toBeLessThan(15);
      expect(operator.log.filter(({ level }) => level === 60)).toEqual([]);
    },
  );

  it("is overloaded is given the time it asks for", async () => {
    const { proxy } = world.own;
    const began = performance.now();
    const seconds = 5;
    proxy.fault((seen) =>
      !isWatch(seen) && performance.now() - began < seconds * 1_000
        ? { status: 429, headers: { "retry-after": "1" } }
        : undefined,
    );
    await editAll();
    await waitFor(() => performance.now() - began > seconds * 1_000, patience);
    const refused = proxy.seen.filter((seen) => !isWatch(seen)).length;
    await untilSeen();
    expect(refused).toBeGreaterThan(0);
    expect(refused / seconds).toBeLessThan(20);
  });
});

// Each time the pauses between tries are longer, so that these take minutes.
const slowly = { timeout: 420_000 };
describe.skipIf(programs === undefined)("an API server that comes back", slowly, () => {
  it("after it ended every watch, again and again, is followed all the same, without a list", async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      world.own.proxy.cut();
      await editAll();
      await untilSeen();
    }
    expect([...listsByPath().keys()]).toEqual([]);
  });

  it("after a restart finds the operator as it was", async () => {
    await world.own.plane.restartApiServer();
    await editAll();
    await operator.untilLeading();
    await untilSeen();
    expect(operator.log.filter(({ level }) => level === 60)).toEqual([]);
  });
});
