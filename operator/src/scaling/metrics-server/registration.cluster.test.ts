import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createAuthority, issueServerCertificate } from "../../certificates/authority.ts";
import { httpsGet } from "../../testing/https-get.ts";
import { metricPath, openMetricsWorld, type MetricsWorld } from "../../testing/metrics-world.ts";
import { loopbackService, metricsService } from "../../testing/scaling-cluster.ts";

let world: MetricsWorld;
beforeAll(async () => {
  world = await openMetricsWorld();
});
afterAll(() => world.close());

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
    await world.cluster.client.apply(loopbackService({ namespace: "default", name: "adapter" }));
    await world.cluster.client.apply(foreign);
    const before = await world.apiService();
    const server = await world.cluster.startServer(world.source);
    expect(server.registration()).toEqual({ state: "foreign", service: "default/adapter" });
    await server.refresh();
    const after = await world.apiService();
    expect(after.spec).toEqual(before.spec);
    await world.cluster.client.delete(foreign);
    await server.refresh();
    expect(server.registration()).toEqual({ state: "registered" });
    await server.stop({ unregister: true });
    await expect(world.apiService()).rejects.toMatchObject({ code: 404 });
  });

  it("of another server survives our leaving", async () => {
    await world.cluster.client.apply(foreign);
    onTestFinished(async () => {
      await world.cluster.client.delete(foreign);
    });
    const server = await world.cluster.startServer(world.source);
    await server.stop({ unregister: true });
    expect((await world.apiService()).spec.service).toMatchObject({ name: "adapter" });
  });

  it("is given back when it is not wanted any more", async () => {
    let isWanted = true;
    const server = await world.startServer({ isWanted: () => isWanted });
    await world.untilAvailable();
    isWanted = false;
    await server.refresh();
    await expect(world.apiService()).rejects.toMatchObject({ code: 404 });
  });
});

/** One request after the other until it is ended; fails with the first that fails. */
const startTraffic = (): { end: () => Promise<number> } => {
  const stop = new AbortController();
  const run = async (): Promise<number> => {
    let count = 0;
    for (; !stop.signal.aborted; count += 1) await world.cluster.client.request(metricPath);
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
    await world.cluster.client.delete({
      ...secret,
      metadata: { namespace, name: "rarity-metrics-tls" },
    });
    let now = days(-80);
    const server = await world.startServer({ now: () => now });
    await world.untilAvailable();
    const shown = async (): Promise<string> =>
      (await world.cluster.client.request<{ data: Record<string, string> }>(secretPath)).data[
        "tls.crt"
      ] ?? "";
    const first = await shown();
    const traffic = startTraffic();
    now = new Date();
    await server.refresh();
    expect(await shown()).not.toBe(first);
    await world.untilAvailable();
    expect(await traffic.end()).toBeGreaterThan(0);
  });

  it("brings its former authority along when that is replaced", async () => {
    const validity = { notBefore: days(-1), notAfter: days(50) };
    const old = await createAuthority("old", validity);
    const leaf = await issueServerCertificate(old, hosts, validity);
    const encode = (pem: string): string => Buffer.from(pem).toString("base64");
    await world.cluster.client.apply({
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
    await world.startServer({ secret });
    await world.untilAvailable();
    const bundle = await world.caBundle();
    const count = bundle.split("BEGIN CERTIFICATE").length - 1;
    expect(count).toBe(2);
    expect(bundle).toContain(old.certPem.trim());
    expect(new X509Certificate(bundle).subject).toBe("CN=rarity-metrics-server-ca");
    expect(await world.cluster.client.request(metricPath)).toMatchObject({
      items: [{ value: "12" }],
    });
  });

  it("is one for all replicas, whoever makes it", async () => {
    const secret = { namespace: metricsService.namespace, name: "rarity-metrics-tls-shared" };
    const servers = await Promise.all([1, 2, 3].map(() => world.startServer({ secret })));
    const [bundle, ports] = [await world.caBundle(), servers.map(({ port }) => port)];
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
