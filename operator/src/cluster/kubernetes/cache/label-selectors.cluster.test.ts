import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import {
  openTestCluster,
  type TestCluster,
} from "../../../../../scripts/src/cluster/testing/cluster.ts";
import { accessOf, openKubernetesCluster } from "../../../testing/kubernetes-world.ts";
import { waitFor } from "../../../testing/wait-for.ts";

let test: TestCluster;
beforeAll(async () => {
  test = await openTestCluster("selectors");
});
afterAll(() => test.close());

const applyPod = async (name: string, labels: Record<string, string>): Promise<unknown> =>
  test.client.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: test.namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      // On no node, so that nothing happens to it.
      schedulerName: "nobody",
      containers: [{ name: "one", image: "example.test/one" }],
    },
  });

it("keeps pods with the label alone, without their specs, and lets go of one that loses it", async () => {
  await applyPod("foreign", {});
  await applyPod("ours-1", { side: "ours" });
  const cluster = openKubernetesCluster(accessOf(test.access), {
    cached: ["Pod"],
    labelSelectors: { Pod: "side=ours" },
  });
  onTestFinished(() => cluster.close());
  const { namespace } = test;
  const namesOf = async (): Promise<string> =>
    (await cluster.list("Pod", { namespace })).map(({ metadata }) => metadata.name).join();
  const until = async (names: string): Promise<unknown> =>
    waitFor(async () => (await namesOf()) === names || undefined, { timeoutMs: 60_000 });

  await until("ours-1");
  await applyPod("foreign-2", {});
  await applyPod("ours-2", { side: "ours" });
  await until("ours-1,ours-2");
  const [pod] = await cluster.list("Pod", { namespace });
  expect(pod).toMatchObject({ kind: "Pod", status: { phase: "Pending" } });
  expect(pod?.spec).toBeUndefined();
  await applyPod("ours-1", {});
  await until("ours-2");
});
