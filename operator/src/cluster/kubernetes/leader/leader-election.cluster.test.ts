import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Registry } from "prom-client";
import {
  openTestCluster,
  type TestCluster,
} from "../../../../../scripts/src/cluster/testing/cluster.ts";
import { isWatch, openFaultyCluster, accountIn } from "../../../testing/faulty-cluster.ts";
import { accessOf, openKubernetesCluster } from "../../../testing/kubernetes-world.ts";
import { startCandidate, type Candidate } from "../../../testing/leader-process.ts";
import { waitFor } from "../../../testing/wait-for.ts";
import { refOf } from "../../../api/objects.ts";
import { ClusterError } from "../../errors.ts";
import { createKubeMetrics } from "../metrics.ts";
import { createLeaderElection, type LeaderElection } from "./leader-election.ts";
import type { ElectionTiming } from "./run-election.ts";

/** Shorter than a real one, and long enough that a busy machine does not cost a leader its lease. */
const quick: ElectionTiming = {
  ...{ durationMs: 9_000, deadlineMs: 6_000, renewMs: 1_500, retryMs: 500 },
};
const patience = { timeoutMs: 60_000 };
const limit = { timeout: 300_000 };

let test: TestCluster;
beforeAll(async () => {
  test = await openTestCluster("leader");
});
afterAll(() => test.close());

let count = 0;
interface Elected {
  election: LeaderElection;
  errors: string[];
  metric(): Promise<number | undefined>;
  lost(): number;
}

const start = (lease: string, access = accessOf(test.access)): Elected => {
  const registry = new Registry();
  const errors: string[] = [];
  let lost = 0;
  const election = createLeaderElection({
    access,
    lease: { namespace: test.namespace, name: lease },
    identity: `candidate-${(count += 1)}`,
    metrics: createKubeMetrics(registry, "test"),
    timing: quick,
    onLeading: () => undefined,
    onLost: () => (lost += 1),
    onError: (message) => errors.push(message),
    onDead: () => undefined,
  });
  onTestFinished(election.stop);
  election.start();
  return {
    election,
    errors,
    lost: () => lost,
    metric: async () => {
      const found = await registry.getSingleMetric("leader_election_master_status")?.get();
      return found?.values[0]?.value;
    },
  };
};

const block = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe("leader election", limit, () => {
  it("has one leader, and another one when that one stops", async () => {
    const first = start("orderly");
    await waitFor(() => first.election.isLeader(), patience);
    const second = start("orderly");
    await waitFor(async () => (await second.metric()) === 0 || undefined, patience);
    expect(second.election.isLeader()).toBe(false);
    expect(await first.metric()).toBe(1);
    await first.election.stop();
    expect(first.election.isLeader()).toBe(false);
    await waitFor(async () => (await second.metric()) === 1 || undefined, patience);
    expect(second.election.isLeader()).toBe(true);
  });

  it("keeps the lease while the main thread is busy for longer than it lasts", async () => {
    const first = start("busy");
    await waitFor(() => first.election.isLeader(), patience);
    const second = start("busy");
    await waitFor(async () => (await second.metric()) === 0 || undefined, patience);
    block(quick.durationMs + quick.renewMs);
    expect(first.election.isLeader()).toBe(true);
    expect(second.election.isLeader()).toBe(false);
    expect(first.lost()).toBe(0);
  });

  it("stops acting as the leader before anyone else can begin, when it cannot renew", async () => {
    const { proxy } = await openFaultyCluster(test, { cached: [] });
    const authority = await test.authority();
    const first = start("cut-off", { server: proxy.url, ca: { text: authority.certPem } });
    await waitFor(() => first.election.isLeader(), patience);
    const second = start("cut-off");
    proxy.fault(() => "cut");
    proxy.cut();
    let together = 0;
    await waitFor(
      () => {
        if (first.election.isLeader() && second.election.isLeader()) together += 1;
        return second.election.isLeader();
      },
      { ...patience, intervalMs: 5 },
    );
    expect(together).toBe(0);
    // Its thread says so, which may be heard after the lease itself.
    await waitFor(() => first.lost() > 0, patience);
    expect(first.lost()).toBe(1);
    expect(first.errors.join()).toContain("cannot be reached");
  });

  it("says what right is missing", async () => {
    const authority = await test.authority();
    const pair = await authority.sign({ commonName: "no-lease-for-me" });
    const { election, errors } = start("forbidden", accessOf({ ...test.access, ...pair }));
    await waitFor(() => errors.length > 0, patience);
    expect(errors[0]).toContain('cannot get resource "leases"');
    expect(election.isLeader()).toBe(false);
  });
});

describe("fencing", limit, () => {
  const candidate = async (identity: string): Promise<Candidate> => {
    const access = accessOf(test.access);
    const started = await startCandidate({
      access,
      namespace: test.namespace,
      identity,
      timing: quick,
    });
    onTestFinished(async () => {
      started.signal("SIGCONT");
      started.signal("SIGKILL");
      await Promise.resolve();
    });
    return started;
  };
  const displayName = async (): Promise<unknown> => {
    const object = await test.client.get({
      apiVersion: "rarityleads.io/v1alpha1",
      kind: "WhatsAppAccount",
      metadata: { name: "fenced", namespace: test.namespace },
    });
    return (object as { spec?: { displayName?: string } } | undefined)?.spec?.displayName;
  };

  it("refuses what a stopped leader sends when it wakes up, and a killed one is replaced", async () => {
    const first = await candidate("first");
    await first.until("leading");
    expect(await first.write()).toBe("written");
    const second = await candidate("second");
    expect(await second.write()).toBe("NotLeader");
    first.signal("SIGSTOP");
    await second.until("leading");
    expect(await second.write()).toBe("written");
    const late = first.write();
    first.signal("SIGCONT");
    expect(await late).toBe("NotLeader");
    await first.until("lost");
    expect(await displayName()).toBe("second");
    first.signal("SIGKILL");
    second.signal("SIGKILL");
    const third = await candidate("third");
    await third.until("leading");
    expect(await third.write()).toBe("written");
    expect(await displayName()).toBe("third");
  });

  it("lets no conflicting write survive when two believe that they lead", async () => {
    const believer = { check: () => undefined };
    const notMine = async (): Promise<void> =>
      Promise.reject(new ClusterError("NotLeader", "the lease is another one's"));
    const stale = await openFaultyCluster(test, {
      guard: () => ({ ...believer, confirm: notMine }),
    });
    // What is not known yet cannot be fenced: controllers begin when the cache is complete.
    await stale.cluster.list("WhatsAppAccount");
    const object = accountIn(test.namespace, "two-leaders", { maxReplicas: 1 });
    await stale.cluster.apply(object, { fieldManager: "operator" });
    stale.proxy.fault(({ url }) => (isWatch(url) ? "cut" : undefined));
    stale.proxy.cut();
    const real = openKubernetesCluster(accessOf(test.access), { cached: ["WhatsAppAccount"] });
    onTestFinished(real.close);
    const newer = accountIn(test.namespace, "two-leaders", { displayName: "Newer" });
    await real.apply(newer, { fieldManager: "operator" });

    const older = accountIn(test.namespace, "two-leaders", { displayName: "Older" });
    const options = { fieldManager: "operator" };
    const refused = { reason: "NotLeader" };
    await expect(stale.cluster.apply(older, options)).rejects.toMatchObject(refused);
    const finalizer = stale.cluster.setFinalizer(refOf(object), "example.io/hold", true);
    await expect(finalizer).rejects.toMatchObject(refused);
    const known = (await stale.cluster.get(refOf(object)))?.metadata.resourceVersion;
    const status = stale.cluster.writeStatus(refOf(object), { replicas: 9 }, known);
    await expect(status).rejects.toMatchObject({ reason: "Conflict" });
    const left = await real.get(refOf(object));
    expect(left?.spec).toMatchObject({ displayName: "Newer" });
    expect(left?.metadata.finalizers).toBeUndefined();
    expect(left?.status).toBeUndefined();
  });
});
