import { Agent } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { httpsGet } from "../../testing/https-get.ts";
import {
  accountId,
  apiRoot,
  knownDemand,
  metricPath,
  openMetricsWorld,
  type MetricsWorld,
} from "../../testing/metrics-world.ts";
import { waitFor } from "../../testing/wait-for.ts";

/** The API server learns of a role a moment later, and a denial until then is kept for ten seconds. */
const slowly = { timeoutMs: 60_000, intervalMs: 500 };

let world: MetricsWorld;
beforeAll(async () => {
  world = await openMetricsWorld();
});
afterAll(() => world.close());
afterEach(() => {
  world.demand = knownDemand();
});

describe("through the API server", () => {
  it("is discovered, described and answers", async () => {
    const server = await world.startServer();
    await world.untilAvailable();
    expect(server.registration()).toEqual({ state: "registered" });
    const { client } = world.cluster;
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
    await world.startServer();
    await world.untilAvailable();
    const { client } = world.cluster;
    const other = `${apiRoot}/namespaces/leads/requests_per_second`;
    await expect(client.request(other)).rejects.toMatchObject({ code: 404 });
    world.demand = { ok: false, message: "/internal/queue-depth cannot be reached" };
    await expect(client.request(metricPath)).rejects.toMatchObject({
      code: 503,
      message: "the queue depth is not known: /internal/queue-depth cannot be reached",
    });
    await expect(client.request(`${metricPath}%2C%2C`)).rejects.toMatchObject({ code: 400 });
  });

  it("lets in whom a role lets in, and nobody else", async () => {
    await world.startServer();
    await world.untilAvailable();
    const anna = await world.cluster.clientOf({ commonName: "anna" });
    onTestFinished(() => anna.close());
    await expect(anna.request(metricPath)).rejects.toMatchObject({ code: 403 });
    await allow({ kind: "User", name: "anna" });
    expect(await waitFor(() => anna.request<object>(metricPath), slowly)).toMatchObject({
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
  await world.cluster.client.apply({ apiVersion, kind: "Role", metadata, rules });
  await world.cluster.client.apply({
    apiVersion,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "Role", name: metadata.name },
    subjects: [{ ...subject, ...(subject.kind === "User" ? { apiGroup: group } : {}) }],
  });
};

const tokenOf = async (name: string): Promise<string> => {
  const namespace = "leads";
  await world.cluster.client.apply({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
  });
  const { status } = await world.cluster.client.request<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    { method: "POST", body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" } },
  );
  return status.token;
};

describe("past the API server", () => {
  const direct = { rejectUnauthorized: false, path: metricPath };
  const untilAllowed = (ask: () => Promise<{ code: number }>): Promise<true> =>
    waitFor(async () => {
      expect(await ask()).toMatchObject({ code: 200 });
      return true as const;
    }, slowly);

  it("takes headers only from the front proxy's certificate", async () => {
    const { port } = await world.startServer();
    const headers = { "x-remote-user": "mallory", "x-remote-group": "system:masters" };
    const proxies = await world.cluster.authority("front-proxy-ca");
    const clients = await world.cluster.authority("ca");
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
    const { port } = await world.startServer();
    const agent = new Agent({ rejectUnauthorized: false, keepAlive: false, maxCachedSessions: 10 });
    onTestFinished(() => agent.destroy());
    const headers = { "x-remote-user": "mallory", "x-remote-group": "system:masters" };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { code } = await httpsGet({ path: metricPath, port, agent, headers });
      expect(code).toBe(401);
    }
  });

  it("asks the API server about the user a front proxy names", async () => {
    const { port } = await world.startServer();
    const proxies = await world.cluster.authority("front-proxy-ca");
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
    await untilAllowed(() => ask({ "x-remote-user": "clara" }));
  });

  it("takes bearer tokens that the API server vouches for", async () => {
    const { port } = await world.startServer();
    const token = await tokenOf("keda");
    const ask = (bearer: string, path = metricPath) =>
      httpsGet({ ...direct, port, path, headers: { authorization: `Bearer ${bearer}` } });
    expect((await ask("not.a.token")).code).toBe(401);
    expect((await ask(token)).code).toBe(403);
    await allow({ kind: "ServiceAccount", name: "helper", namespace: "leads" });
    const allowed = await tokenOf("helper");
    await untilAllowed(() => ask(allowed));
    const keda = `/keda/v1/namespaces/leads/accounts/${accountId}`;
    expect(await ask(allowed, keda)).toEqual({ code: 200, body: { demand: 12 } });
    expect((await ask(token, keda)).code).toBe(403);
  });

  it("answers nothing but health without a name, and no other verb", async () => {
    const { port } = await world.startServer();
    const ask = (path: string, method = "GET") => httpsGet({ ...direct, port, path, method });
    expect(await ask("/livez")).toEqual({ code: 200, body: "ok" });
    expect(await ask("/readyz")).toEqual({ code: 200, body: "ok" });
    expect((await ask(apiRoot)).code).toBe(401);
    expect((await ask("/apis")).code).toBe(401);
    expect((await ask("/metrics")).code).toBe(401);
    expect((await ask("/livez", "POST")).code).toBe(405);
  });
});
