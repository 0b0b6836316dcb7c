import { X509Certificate } from "node:crypto";
import { Agent } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAuthority, issueServerCertificate } from "../../certificates/authority.ts";
import {
  loopbackService,
  metricsService,
  startScalingCluster,
} from "../../testing/scaling-cluster.ts";
import type { ScalingCluster } from "../../testing/scaling-cluster.ts";
import { httpsGet } from "../../testing/https-get.ts";
import { waitFor } from "../../testing/wait-for.ts";
import type { AccountDemand, DemandSource } from "./demand-source.ts";
import type { MetricsServer } from "./start-metrics-server.ts";

const apiRoot = "/apis/external.metrics.k8s.io/v1beta1";
const accountId = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e01";
const metricPath = `${apiRoot}/namespaces/leads/rarity_account_demand?labelSelector=account_id%3D${accountId}`;
const apiServicePath =
  "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";

let cluster: ScalingCluster;
beforeAll(async () => {
  cluster = await startScalingCluster();
  await cluster.client.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "leads" },
  });
});
afterAll(() => cluster.stop());

let demand: AccountDemand["demand"] = { ok: true, value: 12, readAt: new Date() };
afterEach(() => {
  demand = { ok: true, value: 12, readAt: new Date() };
});
const source: DemandSource = {
  demandsIn: (namespace, id = accountId) =>
    namespace === "leads" && id === accountId ? [{ namespace, accountId, demand }] : [],
};

type Server = MetricsServer & { errors: unknown[] };

/** A server that is gone when the test ends, its registration with it. */
const startServer = async (
  parts: Parameters<ScalingCluster["startServer"]>[1] = {},
): Promise<Server> => {
  const server = await cluster.startServer(source, parts);
  onTestFinished(async () => {
    await server.stop({ unregister: true });
  });
  return server;
};

const untilAvailable = (): Promise<unknown> =>
  waitFor(
    async () => {
      const { status } = await cluster.client.request<{
        status?: { conditions?: { type: string; status: string; message: string }[] };
      }>(apiServicePath);
      const available = status?.conditions?.find(({ type }) => type === "Available");
      if (available?.status !== "True") throw new Error(available?.message ?? "no condition yet");
      return available;
    },
    { timeoutMs: 60_000 },
  );

interface ApiService {
  metadata: { resourceVersion: string };
  spec: { caBundle?: string; service?: { name: string; namespace: string } };
}

const apiService = (): Promise<ApiService> => cluster.client.request<ApiService>(apiServicePath);

const caBundle = async (): Promise<string> =>
  Buffer.from((await apiService()).spec.caBundle ?? "", "base64").toString("utf8");

describe("through the API server", () => {
  it("is discovered, described and answers", async () => {
    const server = await startServer();
    await untilAvailable();
    expect(server.registration()).toEqual({ state: "registered" });
    const { client } = cluster;
    expect(await client.request(apiRoot)).toMatchObject({
      kind: "APIResourceList",
      resources: [{ name: "externalmetrics", namespaced: true }],
    });
    expect(await client.request(metricPath)).toMatchObject({
      kind: "ExternalMetricValueList",
      items: [{ metricName: "rarity_account_demand", value: "12" }],
    });
    const groups = await client.request<{ groups: { name: string }[] }>("/apis");
    expect(groups.groups.map(({ name }) => name)).toContain("external.metrics.k8s.io");
    const described = async () => {
      const { paths } = await client.request<{ paths: Record<string, unknown> }>("/openapi/v3");
      expect(Object.keys(paths)).toContain("apis/external.metrics.k8s.io/v1beta1");
      return true;
    };
    await waitFor(described, { timeoutMs: 60_000 });
    expect(await client.request(`/openapi/v3${apiRoot}`)).toMatchObject({ openapi: "3.0.0" });
    expect(server.errors).toEqual([]);
  });

  it("does not answer for what is not known", async () => {
    await startServer();
    await untilAvailable();
    const { client } = cluster;
    const other = `${apiRoot}/namespaces/leads/requests_per_second`;
    await expect(client.request(other)).rejects.toMatchObject({ code: 404 });
    demand = { ok: false, message: "/internal/queue-depth cannot be reached" };
    await expect(client.request(metricPath)).rejects.toMatchObject({
      code: 503,
      message: "the queue depth is not known: /internal/queue-depth cannot be reached",
    });
    await expect(client.request(`${metricPath}%2C%2C`)).rejects.toMatchObject({ code: 400 });
  });

  it("lets in whom a role lets in, and nobody else", async () => {
    await startServer();
    await untilAvailable();
    const anna = await cluster.clientOf({ commonName: "anna" });
    onTestFinished(() => anna.close());
    await expect(anna.request(metricPath)).rejects.toMatchObject({ code: 403 });
    await allow({ kind: "User", name: "anna" });
    expect(await waitFor(() => anna.request<object>(metricPath))).toMatchObject({
      items: [{ value: "12" }],
    });
    const elsewhere = metricPath.replace("/leads/", "/default/");
    await expect(anna.request(elsewhere)).rejects.toMatchObject({ code: 403 });
  });
});

/** A role in namespace leads for the metric, and for nothing else. */
const allow = async (subject: {
  kind: string;
  name: string;
  namespace?: string;
}): Promise<void> => {
  const metadata = { name: `demand-${subject.name}`, namespace: "leads" };
  const group = "rbac.authorization.k8s.io";
  const apiVersion = `${group}/v1`;
  const rules = [
    {
      apiGroups: ["external.metrics.k8s.io"],
      resources: ["rarity_account_demand"],
      verbs: ["list"],
    },
  ];
  await cluster.client.apply({ apiVersion, kind: "Role", metadata, rules });
  await cluster.client.apply({
    apiVersion,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "Role", name: metadata.name },
    subjects: [{ ...subject, ...(subject.kind === "User" ? { apiGroup: group } : {}) }],
  });
};

const tokenOf = async (name: string): Promise<string> => {
  const namespace = "leads";
  await cluster.client.apply({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
  });
  const { status } = await cluster.client.request<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    { method: "POST", body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" } },
  );
  return status.token;
};

describe("past the API server", () => {
  const direct = { rejectUnauthorized: false, path: metricPath };

  it("takes headers only from the front proxy's certificate", async () => {
    const { port } = await startServer();
    const headers = { "x-remote-user": "mallory", "x-remote-group": "system:masters" };
    const proxies = await cluster.authority("front-proxy-ca");
    const clients = await cluster.authority("ca");
    const code = async (pair?: { certPem: string; keyPem: string }): Promise<number> =>
      (await httpsGet({ ...direct, port, headers, cert: pair?.certPem, key: pair?.keyPem })).code;

    expect(await code()).toBe(401);
    expect(await code(await clients.sign({ commonName: "front-proxy-client" }))).toBe(401);
    expect(await code(await proxies.sign({ commonName: "somebody" }))).toBe(401);
    const serverOnly = { commonName: "front-proxy-client", hosts: ["localhost"] };
    expect(await code(await proxies.sign(serverOnly))).toBe(401);
    expect(await code(await proxies.sign({ commonName: "front-proxy-client" }))).toBe(200);
  });

  it("keeps a resumed connection to what its first handshake proved", async () => {
    const { port } = await startServer();
    const agent = new Agent({ rejectUnauthorized: false, keepAlive: false, maxCachedSessions: 10 });
    onTestFinished(() => agent.destroy());
    const headers = { "x-remote-user": "mallory", "x-remote-group": "system:masters" };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { code } = await httpsGet({ path: metricPath, port, agent, headers });
      expect(code).toBe(401);
    }
  });

  it("asks the API server about the user a front proxy names", async () => {
    const { port } = await startServer();
    const proxies = await cluster.authority("front-proxy-ca");
    const pair = await proxies.sign({ commonName: "front-proxy-client" });
    const ask = (headers: Record<string, string | string[]>) =>
      httpsGet({ ...direct, port, headers, cert: pair.certPem, key: pair.keyPem });
    expect(await ask({ "x-remote-user": "berta" })).toMatchObject({
      code: 403,
      body: { kind: "Status", reason: "Forbidden" },
    });
    // A group with a comma in its name is one group, not two.
    const groups = ["some, system:masters", "system:authenticated"];
    expect((await ask({ "x-remote-user": "berta", "x-remote-group": groups })).code).toBe(403);
    await allow({ kind: "User", name: "clara" });
    expect(await ask({ "x-remote-user": "clara" })).toMatchObject({ code: 200 });
  });

  it("takes bearer tokens that the API server vouches for", async () => {
    const { port } = await startServer();
    const token = await tokenOf("keda");
    const ask = (bearer: string, path = metricPath) =>
      httpsGet({ ...direct, port, path, headers: { authorization: `Bearer ${bearer}` } });
    expect((await ask("not.a.token")).code).toBe(401);
    expect((await ask(token)).code).toBe(403);
    await allow({ kind: "ServiceAccount", name: "helper", namespace: "leads" });
    const allowed = await tokenOf("helper");
    expect(await ask(allowed)).toMatchObject({ code: 200 });
    const keda = `/keda/v1/namespaces/leads/accounts/${accountId}`;
    expect(await ask(allowed, keda)).toEqual({ code: 200, body: { demand: 12 } });
    expect((await ask(token, keda)).code).toBe(403);
  });

  it("answers nothing but health without a name, and no other verb", async () => {
    const { port } = await startServer();
    const ask = (path: string, method = "GET") => httpsGet({ ...direct, port, path, method });
    expect(await ask("/livez")).toEqual({ code: 200, body: "ok" });
    expect(await ask("/readyz")).toEqual({ code: 200, body: "ok" });
    expect((await ask(apiRoot)).code).toBe(401);
    expect((await ask("/apis")).code).toBe(401);
    expect((await ask("/metrics")).code).toBe(401);
    expect((await ask("/livez", "POST")).code).toBe(405);
  });
});

describe("the slot", () => {
  const foreign = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.external.metrics.k8s.io" },
    spec: {
      group: "external.metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: "default", name: "adapter", port: 443 },
    },
  };

  it("of another server is left as it is, until it is free", async () => {
    await cluster.client.apply(loopbackService({ namespace: "default", name: "adapter" }));
    await cluster.client.apply(foreign);
    const before = await apiService();
    const server = await cluster.startServer(source);
    expect(server.registration()).toEqual({ state: "foreign", service: "default/adapter" });
    await server.refresh();
    const after = await apiService();
    expect(after.spec).toEqual(before.spec);
    await cluster.client.delete(foreign);
    await server.refresh();
    expect(server.registration()).toEqual({ state: "registered" });
    await server.stop({ unregister: true });
    await expect(apiService()).rejects.toMatchObject({ code: 404 });
  });

  it("of another server survives our leaving", async () => {
    await cluster.client.apply(foreign);
    onTestFinished(async () => {
      await cluster.client.delete(foreign);
    });
    const server = await cluster.startServer(source);
    await server.stop({ unregister: true });
    expect((await apiService()).spec.service).toMatchObject({ name: "adapter" });
  });

  it("is given back when it is not wanted any more", async () => {
    let isWanted = true;
    const server = await startServer({ isWanted: () => isWanted });
    await untilAvailable();
    isWanted = false;
    await server.refresh();
    await expect(apiService()).rejects.toMatchObject({ code: 404 });
  });
});

/** One request after the other until it is ended; fails with the first that fails. */
const startTraffic = (): { end: () => Promise<number> } => {
  const stop = new AbortController();
  const run = async (): Promise<number> => {
    let count = 0;
    for (; !stop.signal.aborted; count += 1) await cluster.client.request(metricPath);
    return count;
  };
  const running = run();
  running.catch(() => undefined);
  return {
    end: () => {
      stop.abort();
      return running;
    },
  };
};

describe("the certificate", () => {
  const secretPath = `/api/v1/namespaces/${metricsService.namespace}/secrets/rarity-metrics-tls`;
  const hosts = ["rarity-metrics.rarity-system.svc"];
  const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);

  it("is renewed without one failed request", async () => {
    const secret = { apiVersion: "v1", kind: "Secret" };
    const { namespace } = metricsService;
    await cluster.client.delete({ ...secret, metadata: { namespace, name: "rarity-metrics-tls" } });
    let now = days(-80);
    const server = await startServer({ now: () => now });
    await untilAvailable();
    const shown = async (): Promise<string> =>
      (await cluster.client.request<{ data: Record<string, string> }>(secretPath)).data[
        "tls.crt"
      ] ?? "";
    const first = await shown();
    const traffic = startTraffic();
    now = new Date();
    await server.refresh();
    expect(await shown()).not.toBe(first);
    await untilAvailable();
    expect(await traffic.end()).toBeGreaterThan(0);
  });

  it("brings its former authority along when that is replaced", async () => {
    const validity = { notBefore: days(-1), notAfter: days(50) };
    const old = await createAuthority("old", validity);
    const leaf = await issueServerCertificate(old, hosts, validity);
    const encode = (pem: string): string => Buffer.from(pem).toString("base64");
    await cluster.client.apply({
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: "rarity-metrics-tls-old", namespace: metricsService.namespace },
      data: {
        "tls.crt": encode(leaf.certPem),
        "tls.key": encode(leaf.keyPem),
        "ca.crt": encode(old.certPem),
        "ca.key": encode(old.keyPem),
      },
    });
    const secret = { namespace: metricsService.namespace, name: "rarity-metrics-tls-old" };
    await startServer({ secret });
    await untilAvailable();
    const bundle = await caBundle();
    const count = bundle.split("BEGIN CERTIFICATE").length - 1;
    expect(count).toBe(2);
    expect(bundle).toContain(old.certPem.trim());
    expect(new X509Certificate(bundle).subject).toBe("CN=rarity-metrics-server-ca");
    expect(await cluster.client.request(metricPath)).toMatchObject({ items: [{ value: "12" }] });
  });

  it("is one for all replicas, whoever makes it", async () => {
    const secret = { namespace: metricsService.namespace, name: "rarity-metrics-tls-shared" };
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ secret })));
    const [bundle, ports] = [await caBundle(), servers.map(({ port }) => port)];
    for (const port of ports) {
      const answer = await httpsGet({
        port,
        path: "/livez",
        ca: bundle,
        servername: "rarity-metrics.rarity-system.svc",
      });
      expect(answer.code).toBe(200);
    }
  });
});
