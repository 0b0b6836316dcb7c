import { afterAll, beforeAll, expect, it } from "vitest";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { openTestCluster, type TestCluster } from "../testing/cluster.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster("workloads");
});
afterAll(() => cluster.close());

const deployment = (name: string, replicas: number): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: cluster.namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "example/none:1" }] },
    },
  },
});

const podsOf = (app: string): Promise<KubeObject[]> =>
  cluster.client.list(
    { apiVersion: "v1", kind: "Pod", namespace: cluster.namespace },
    `labelSelector=app%3D${app}`,
  );

it("a Deployment becomes scheduled, ready pods, and takes them with it when it goes", async () => {
  const web = deployment("web", 20);
  await cluster.client.apply(web);
  await waitUntil("20 ready replicas", async () => {
    const status = (await cluster.client.get(web))?.["status"] as { readyReplicas?: number };
    return status.readyReplicas === 20;
  });
  const nodes = (await podsOf("web")).map((pod) => (pod["spec"] as { nodeName: string }).nodeName);
  expect(new Set(nodes)).toEqual(new Set(["fake-1", "fake-2"]));
  await cluster.client.delete(web);
  await waitUntil("its pods to be collected", async () => (await podsOf("web")).length === 0);
});

it("what one of our objects owns is collected soon after it", async () => {
  const account = await cluster.client.apply({
    apiVersion: "rarityleads.io/v1alpha1",
    kind: "WhatsAppAccount",
    metadata: { name: "owner", namespace: cluster.namespace },
    spec: { orgId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11", displayName: "Sales" },
  });
  const { apiVersion, kind, metadata } = account;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata["uid"] };
  const owned: KubeObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "owned", namespace: cluster.namespace, ownerReferences: [owner] },
  };
  await cluster.client.apply(owned);
  expect(await cluster.client.get(owned)).toBeDefined();
  await cluster.client.delete(account);
  // Well inside the 30 s after which the collector would have learnt a kind that came late.
  const gone = async (): Promise<boolean> => (await cluster.client.get(owned)) === undefined;
  await waitUntil("the owned object to be collected", gone, 20_000);
});
