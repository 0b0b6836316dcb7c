import { request } from "undici";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeClient, KubeObject } from "../client/kube-client.ts";
import { network } from "./network.ts";
import type { Relays } from "./relays.ts";
import type { ClusterNode } from "./start-agents.ts";

const timeoutMs = 180_000;

type Node = KubeObject & { status?: { conditions?: { type: string; status: string }[] } };
type DaemonSet = KubeObject & { status?: { numberReady?: number } };

const answersOk = async (url: string): Promise<boolean> => {
  const response = await request(url, { headersTimeout: 2_000, bodyTimeout: 2_000 });
  await response.body.dump();
  return response.statusCode === 200;
};

/** Nodes are Ready, Services are routed on each of them, names resolve, and Envoy serves on each. */
export const untilNodesWork = async (
  client: KubeClient,
  nodes: readonly ClusterNode[],
  dns: { port: number; path: string },
  relays: Relays,
): Promise<void> => {
  const healthy = async (host: string, port: number, path: string): Promise<void> => {
    const local = await relays.toCluster([{ host, port }]);
    const url = `http://127.0.0.1:${local}${path}`;
    await waitUntil(`${host}:${port} to be healthy`, () => answersOk(url), timeoutMs, 50);
  };
  const ready = async (name: string): Promise<void> => {
    const ref = { apiVersion: "v1", kind: "Node", metadata: { name } };
    const isReady = async (): Promise<boolean> => {
      const conditions = (await client.get<Node>(ref))?.status?.conditions ?? [];
      return conditions.some(({ type, status }) => type === "Ready" && status === "True");
    };
    await waitUntil(`${name} to be Ready`, isReady, timeoutMs, 50);
  };
  const envoy = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "envoy", namespace: "projectcontour" },
  };
  const serving = async (): Promise<boolean> =>
    (await client.get<DaemonSet>(envoy))?.status?.numberReady === nodes.length;
  await Promise.all([
    healthy(network.controlPlane, dns.port, dns.path),
    ...nodes.flatMap(({ name, address }) => [ready(name), healthy(address, 10_256, "/healthz")]),
    waitUntil("Envoy to serve on every node", serving, timeoutMs, 50),
  ]);
};
