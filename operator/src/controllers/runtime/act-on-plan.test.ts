import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/objects.ts";
import { ClusterError } from "../../cluster/errors.ts";
import { createLocalCluster } from "../../cluster/local/local-cluster.ts";
import type { Cluster } from "../../cluster/port.ts";
import { buildReplicas } from "../../desired/scaling/replicas.ts";
import { createTestStore, testAccount } from "../../testing/fixtures.ts";
import { actOnPlan } from "./act-on-plan.ts";
import { createApplier } from "./apply-object.ts";

const secret = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "default" },
  data,
});
const read = (name: string) => ({ kind: "Secret", namespace: "default", name });

const deployment = (spec: object): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "pods", namespace: "default" },
  spec: { selector: { matchLabels: { app: "x" } }, template: { metadata: {}, spec: {} }, ...spec },
});
const replicas = (count: number): KubeObject =>
  buildReplicas({ namespace: "default", name: "pods", replicas: count, by: "operator" });

const setup = async () => {
  const local = createLocalCluster(createTestStore());
  const { metadata, ...rest } = testAccount();
  const { name, namespace } = metadata;
  const owner = await local.apply(
    { ...rest, metadata: { name, namespace } },
    { fieldManager: "user" },
  );
  const writes: string[] = [];
  const cluster: Cluster = {
    ...local,
    apply: async (object, options) => {
      writes.push(`apply ${object.metadata.name}`);
      if (object.metadata.name === "refused") throw new ClusterError("Forbidden", "quota exceeded");
      return local.apply(object, options);
    },
    writeStatus: async (ref, status, version) => {
      writes.push("status");
      return local.writeStatus(ref, status, version);
    },
    delete: async (ref, options) => {
      writes.push(`delete ${ref.name}`);
      return local.delete(ref, options);
    },
  };
  const deps = { cluster, applier: createApplier(cluster), events: { record: () => undefined } };
  const act = async (plan: {
    apply?: KubeObject[];
    prune?: KubeObject[];
    replicas?: KubeObject;
    status?: object;
  }) =>
    actOnPlan(deps, {
      owner:
        (await cluster.get({ kind: owner.kind, namespace: "default", name: "sales" })) ?? owner,
      plan: { apply: [], prune: [], status: {}, ...plan },
      observed: [...(await cluster.list("Secret")), ...(await cluster.list("Deployment"))],
      statusAfter: (status, refused) => ({ ...status, identity: refused.message }),
    });
  return { cluster, deps, act, writes };
};

describe("actOnPlan", () => {
  it("applies in order, prunes, and writes the status once", async () => {
    const { act, writes, cluster } = await setup();
    const old = await cluster.apply(secret("old"), { fieldManager: "x" });
    writes.length = 0;
    const plan = { apply: [secret("a"), secret("b")], prune: [old], status: { replicas: 1 } };
    expect(await act(plan)).toEqual({ changes: 3 });
    expect(writes).toEqual(["apply a", "apply b", "delete old", "status"]);
  });

  it("writes nothing when everything is as it should be, also after a restart", async () => {
    const { act, writes, cluster, deps } = await setup();
    const plan = { apply: [secret("a", { key: "dmFsdWU=" })], status: { replicas: 1 } };
    await act(plan);
    writes.length = 0;
    expect(await act(plan)).toEqual({ changes: 0 });
    deps.applier = createApplier(cluster);
    expect(await act(plan)).toEqual({ changes: 0 });
    expect(writes).toEqual([]);
  });

  it("puts back what somebody changed by hand, and takes away what is asked for no more", async () => {
    const { act, cluster, deps } = await setup();
    await act({ apply: [secret("a", { key: "dmFsdWU=", other: "eA==" })] });
    await cluster.apply(secret("a", { key: "Zm9yZWlnbg==" }), { fieldManager: "hand" });
    await act({ apply: [secret("a", { key: "dmFsdWU=", other: "eA==" })] });
    expect(await cluster.get(read("a"))).toMatchObject({ data: { key: "dmFsdWU=" } });
    deps.applier = createApplier(cluster);
    await act({ apply: [secret("a", { key: "dmFsdWU=" })] });
    expect((await cluster.get(read("a")))?.["data"]).toEqual({ key: "dmFsdWU=" });
  });

  it("keeps a Deployment's replicas when they are left out of it from now on", async () => {
    const { act, cluster } = await setup();
    const read = { kind: "Deployment", namespace: "default", name: "pods" };
    const replicasNow = async () =>
      ((await cluster.get(read))?.spec as { replicas?: number } | undefined)?.replicas;
    await act({ apply: [deployment({ replicas: 3 })], replicas: replicas(3) });
    expect(await replicasNow()).toBe(3);
    await act({ apply: [deployment({})] });
    expect(await replicasNow()).toBe(3);
    // As an operator that knew no scale field manager left it.
    await cluster.delete(read);
    await act({ apply: [deployment({ replicas: 4 })] });
    await act({ apply: [deployment({})], replicas: replicas(4) });
    expect(await replicasNow()).toBe(4);
  });

  it("says in the status what was refused, leaves the rest for later and fails", async () => {
    const { act, writes, cluster } = await setup();
    const plan = { apply: [secret("a"), secret("refused"), secret("b")], prune: [secret("c")] };
    await expect(act(plan)).rejects.toThrow("quota exceeded");
    expect(writes).toEqual(["apply a", "apply refused", "status"]);
    const account = await cluster.get({
      kind: "WhatsAppAccount",
      namespace: "default",
      name: "sales",
    });
    expect(account?.status).toEqual({ identity: "Secret refused: quota exceeded" });
  });

  it("does not prune another object that has taken the name", async () => {
    const { act, cluster } = await setup();
    const first = await cluster.apply(secret("a"), { fieldManager: "x" });
    await cluster.delete(read("a"));
    await cluster.apply(secret("a"), { fieldManager: "x" });
    await expect(act({ prune: [first] })).rejects.toMatchObject({ reason: "Conflict" });
    expect(await cluster.get(read("a"))).toBeDefined();
  });
});
