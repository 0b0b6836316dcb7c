import { onTestFinished } from "vitest";
import type { TestCluster } from "../../../scripts/src/cluster/testing/cluster.ts";
import type { KubeObject } from "../api/objects.ts";
import type { KubernetesClusterDeps } from "../cluster/kubernetes/kubernetes-cluster.ts";
import { startApiProxy, type ApiProxy, type SeenRequest } from "./api-proxy.ts";
import { orgId } from "./fixtures.ts";
import { openKubernetesCluster, type OpenedCluster } from "./kubernetes-world.ts";

export interface FaultyCluster {
  proxy: ApiProxy;
  cluster: OpenedCluster;
  lists(): SeenRequest[];
  watches(): SeenRequest[];
}

type Reached = Pick<TestCluster, "access" | "authority">;

/** The adapter on a real API server behind a proxy that misbehaves. Both end with the test. */
export const openFaultyCluster = async (
  test: Reached,
  options: Partial<KubernetesClusterDeps> = {},
): Promise<FaultyCluster> => {
  const authority = await test.authority();
  const pair = await authority.sign({ commonName: "proxy", hosts: ["127.0.0.1"] });
  const proxy = await startApiProxy(test.access, pair);
  const access = { server: proxy.url, ca: { text: authority.certPem } };
  const cluster = openKubernetesCluster(access, { cached: ["WhatsAppAccount"], ...options });
  onTestFinished(async () => {
    await cluster.close();
    await proxy.close();
  });
  const collection = (): SeenRequest[] =>
    proxy.seen.filter(({ method, url }) => method === "GET" && isCollection(url));
  return {
    proxy,
    cluster,
    lists: () => collection().filter(({ url }) => isList(url)),
    watches: () => collection().filter(({ url }) => isWatch(url)),
  };
};

const isCollection = (url: string): boolean => url.includes("/whatsappaccounts?");
export const isWatch = (url: string): boolean => url.includes("watch=1");
export const isList = (url: string): boolean => isCollection(url) && !isWatch(url);

export const accountIn = (
  namespace: string,
  name: string,
  spec: Record<string, unknown> = {},
): KubeObject => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: { name, namespace },
  spec: { orgId, displayName: "Sales", ...spec },
});
