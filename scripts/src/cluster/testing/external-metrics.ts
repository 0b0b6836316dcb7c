import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { KubeClient } from "../client/kube-client.ts";
import type { Authority } from "../control-plane/certificates.ts";

/** A metrics API that answers one value for every metric, behind the API server's aggregation layer. */
export type FakeExternalMetrics = { set: (value: number) => void; close: () => Promise<void> };

const groupVersion = "external.metrics.k8s.io/v1beta1";
const base = `/apis/${groupVersion}`;

const answer = (path: string, value: number): unknown => {
  if (path === base) {
    const resource = {
      name: "externalmetrics",
      singularName: "",
      namespaced: true,
      kind: "ExternalMetricValueList",
      verbs: ["get"],
    };
    return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: [resource] };
  }
  const metricName = new RegExp(`^${base}/namespaces/[^/]+/([^/?]+)$`).exec(path)?.[1];
  if (metricName === undefined) return undefined;
  const item = { metricName, metricLabels: {}, timestamp: new Date().toISOString() };
  return {
    kind: "ExternalMetricValueList",
    apiVersion: groupVersion,
    metadata: {},
    items: [{ ...item, value: String(value) }],
  };
};

/** Serves on loopback and registers itself: an ExternalName Service leads the aggregator here. */
export const startExternalMetrics = async (
  client: KubeClient,
  authority: Authority,
  namespace: string,
): Promise<FakeExternalMetrics> => {
  const state = { value: 0 };
  const name = "external-metrics";
  const pair = await authority.sign({ commonName: name, hosts: [`${name}.${namespace}.svc`] });
  const server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
    const path = new URL(request.url ?? "/", "https://localhost").pathname;
    const body = answer(path, state.value);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await client.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  const apiService = {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.external.metrics.k8s.io" },
    spec: {
      group: "external.metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      caBundle: Buffer.from(authority.certPem).toString("base64"),
      service: { namespace, name, port },
    },
  };
  await client.apply(apiService);
  return {
    set: (value) => {
      state.value = value;
    },
    close: async () => {
      // A dead API service would hold up the deletion of every namespace.
      await client.delete(apiService);
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
};
