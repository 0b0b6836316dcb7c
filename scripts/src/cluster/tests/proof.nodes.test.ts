import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { request } from "undici";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { kernelSettings, tracesOf } from "../testing/machine-state.ts";
import { applyForTest, startTestNodes, type TestNodes } from "../testing/nodes.ts";
import { echoServer } from "../testing/podbox.ts";

type Pod = KubeObject & { spec: { nodeName: string }; status: { podIP?: string } };

const namespace = "proof";
const settingsBefore = kernelSettings();
let cluster: TestNodes;
/** The name of the echo server's pod on each node. */
const pods = new Map<string, string>();

const exec = (node: string, ...command: string[]): Promise<string> =>
  cluster.kubectl("-n", namespace, "exec", pods.get(node) ?? "", "--", "/podbox", ...command);

const policy = (name: string, spec: Record<string, unknown>): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace },
  spec: { podSelector: {}, ...spec },
});

const throughIngress = async (): Promise<{ status: number; text: string }> => {
  const url = `http://127.0.0.1:${cluster.ingress.http}/`;
  const response = await request(url, { headers: { host: "echo.localhost" } });
  return { status: response.statusCode, text: await response.body.text() };
};

/** A rule is in force a moment after it is written. */
const eventually = async (what: string, ask: () => Promise<boolean>): Promise<void> => {
  await waitUntil(what, ask, 60_000, 50);
};

beforeAll(async () => {
  cluster = await startTestNodes();
  await cluster.client.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    },
  });
  for (const object of echoServer("echo", namespace)) await cluster.client.apply(object);
  await cluster.kubectl("-n", namespace, "rollout", "status", "daemonset/echo", "--timeout=180s");
  const found = await cluster.client.list<Pod>({ apiVersion: "v1", kind: "Pod", namespace });
  for (const pod of found) pods.set(pod.spec.nodeName, pod.metadata.name);
});

afterAll(async () => {
  const { folder } = cluster;
  await cluster.close();
  expect(await tracesOf(folder)).toEqual([]);
  expect(kernelSettings()).toEqual(settingsBefore);
});

describe("a cluster of real nodes", { timeout: 400_000 }, () => {
  it("runs pods on two nodes, and is not to be seen on this machine", async () => {
    expect([...pods.keys()].sort()).toEqual(["node1", "node2"]);
    const traces = await tracesOf(cluster.folder);
    // Its processes run here; no link, route, rule or mount of it does.
    expect(traces.filter((line) => /^\d+: |^10\.|^table |^overlay /.test(line))).toEqual([]);
    expect(kernelSettings()).toEqual(settingsBefore);
  });

  it.each(["node1", "node2"])("resolves names in pods of %s", async (node) => {
    const answers = (name: string, answer: RegExp): Promise<void> =>
      eventually(`${name} to be ${answer.source}`, async () =>
        answer.test(await exec(node, "resolve", name)),
      );
    await answers(`echo.${namespace}.svc.cluster.local`, /^10\.96\./);
    await answers("echo", /^10\.96\./);
    await answers(`absent.${namespace}.svc.cluster.local`, /no such host/);
  });

  it.each(["node1", "node2"])("leads a Service from %s to the pods of both", async (node) => {
    const asked = (other: string) => async (): Promise<boolean> =>
      (await exec(node, "get", "http://echo/")).includes(`node=${other}`);
    await eventually("an answer from node1", asked("node1"));
    await eventually("an answer from node2", asked("node2"));
  });

  it("serves an Ingress on this machine's loopback, and no other host", async () => {
    await eventually("the Ingress", async () => (await throughIngress()).status === 200);
    expect((await throughIngress()).text).toContain("host=echo.localhost");
    const other = await request(`http://127.0.0.1:${cluster.ingress.http}/`);
    await other.body.dump();
    expect(other.statusCode).toBe(404);
  });

  it("refuses what no NetworkPolicy allows, and lets through what one does", async () => {
    const { client } = cluster;
    const asks = (node: string): Promise<string> => exec(node, "get", "http://echo/");
    await eventually("the Ingress", async () => (await throughIngress()).status === 200);
    await applyForTest(client, policy("deny", { policyTypes: ["Ingress"] }));
    await eventually("refusal", async () => (await asks("node1")).includes("deadline exceeded"));
    await eventually("refusal by Ingress", async () => (await throughIngress()).status >= 500);
    const ports = [{ port: 8080 }];
    const fromPods = { from: [{ podSelector: { matchLabels: { app: "echo" } } }], ports };
    await applyForTest(client, policy("pods", { ingress: [fromPods] }));
    await eventually("an answer", async () => (await asks("node2")).includes("pod=echo"));
    expect((await throughIngress()).status).toBeGreaterThanOrEqual(500);
    const envoy = { matchLabels: { "kubernetes.io/metadata.name": "projectcontour" } };
    const fromIngress = { from: [{ namespaceSelector: envoy }], ports };
    await applyForTest(client, policy("ingress", { ingress: [fromIngress] }));
    await eventually("the Ingress again", async () => (await throughIngress()).status === 200);
  });

  it("refuses a way out, names included", async () => {
    await applyForTest(cluster.client, policy("no-way-out", { policyTypes: ["Egress"] }));
    const unresolved = async (): Promise<boolean> =>
      /timeout|deadline/.test(
        await exec("node1", "resolve", `echo.${namespace}.svc.cluster.local`),
      );
    await eventually("names to be unreachable", unresolved);
  });

  it("admits only restricted pods where the namespace says so", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "privileged", namespace },
      spec: {
        containers: [{ name: "main", image: "none", securityContext: { privileged: true } }],
      },
    };
    await expect(cluster.client.apply(pod)).rejects.toThrow(/violates PodSecurity "restricted/);
  });

  it("serves what the API server asks kubelets for", async () => {
    const log = await cluster.kubectl("-n", namespace, "logs", pods.get("node2") ?? "");
    expect(log).toContain("serving :8080 on node2");
    const stats = await cluster.client.request<{ node: { nodeName: string } }>(
      "/api/v1/nodes/node1/proxy/stats/summary",
    );
    expect(stats.node.nodeName).toBe("node1");
  });
});
