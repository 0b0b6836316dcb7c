import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { startExternalMetrics } from "../testing/external-metrics.ts";
import { openTestCluster, type TestCluster } from "../testing/cluster.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster("metrics");
});
afterAll(() => cluster.close());

const autoscaler = (target: KubeObject, maxReplicas: number): KubeObject => {
  const quick = (value: number) => ({
    stabilizationWindowSeconds: 0,
    policies: [{ type: "Percent", value, periodSeconds: 1 }],
  });
  const { apiVersion, kind, metadata } = target;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: metadata.name, namespace: cluster.namespace },
    spec: {
      minReplicas: 1,
      maxReplicas,
      scaleTargetRef: { apiVersion, kind, name: metadata.name },
      behavior: { scaleDown: quick(100), scaleUp: quick(1000) },
      metrics: [
        {
          type: "External",
          external: {
            metric: { name: "queue_depth" },
            target: { type: "AverageValue", averageValue: "5" },
          },
        },
      ],
    },
  };
};

const replicasOf = async (object: KubeObject): Promise<number | undefined> => {
  const found = await cluster.client.get(object);
  return (found?.["spec"] as { replicas?: number } | undefined)?.replicas;
};

it("an autoscaler follows an external metric, on a Deployment and on one of our kinds", async () => {
  const metrics = await startExternalMetrics(
    cluster.client,
    await cluster.authority(),
    cluster.namespace,
  );
  onTestFinished(metrics.close);
  const labels = { app: "scaled" };
  const web: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "scaled", namespace: cluster.namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "example/none:1" }] },
      },
    },
  };
  const account: KubeObject = {
    apiVersion: "rarityleads.io/v1alpha1",
    kind: "WhatsAppAccount",
    metadata: { name: "account", namespace: cluster.namespace },
    spec: {
      orgId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11",
      displayName: "Sales",
      replicas: 1,
      maxReplicas: 3,
    },
  };
  await cluster.client.apply(web);
  await cluster.client.apply(account);
  const status = { replicas: 1, selector: "app=account" };
  await cluster.client.request(
    `/apis/${account.apiVersion}/namespaces/${cluster.namespace}/whatsappaccounts/account/status`,
    { method: "PATCH", body: { status }, contentType: "application/merge-patch+json" },
  );
  metrics.set(30);
  await cluster.client.apply(autoscaler(web, 20));
  await cluster.client.apply(autoscaler(account, 3));
  await waitUntil("6 replicas", async () => (await replicasOf(web)) === 6);
  await waitUntil("3 replicas of the account", async () => (await replicasOf(account)) === 3);
  metrics.set(10);
  await waitUntil("2 replicas", async () => (await replicasOf(web)) === 2);
  expect(await replicasOf(account)).toBeLessThanOrEqual(3);
});
