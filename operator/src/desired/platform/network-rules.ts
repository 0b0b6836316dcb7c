import { operatorLabels } from "../../api/names.ts";
import { selectorLabelsOf } from "../../api/platform-names.ts";
import type { Platform } from "../../api/platform.ts";
import { componentTable, type Component } from "./components.ts";

/** Pieces of NetworkPolicies. A peer without `namespaceSelector` is in the policy's own namespace. */
export type Peer = Record<string, unknown>;
export type Port = { protocol: string; port: number };
export type Rule = { from?: Peer[]; to?: Peer[]; ports?: Port[] };

const namespaceLabel = "kubernetes.io/metadata.name";

export const tcp = (...ports: number[]): Port[] => ports.map((port) => ({ protocol: "TCP", port }));

const anywhere: Peer = { ipBlock: { cidr: "0.0.0.0/0" } };
/** Outside of the cluster or in any of its namespaces: addresses alone do not match pods everywhere. */
const anyone = (): Peer[] => [anywhere, { namespaceSelector: {} }];

export const namespacePeer = (name: string | undefined): Peer =>
  name === undefined
    ? { namespaceSelector: {} }
    : { namespaceSelector: { matchLabels: { [namespaceLabel]: name } } };

export const componentPeer = (platform: Platform, component: Component): Peer => ({
  podSelector: { matchLabels: selectorLabelsOf(platform, component) },
});

export const operatorPeer = (namespace: string): Peer => ({
  ...namespacePeer(namespace),
  podSelector: { matchLabels: operatorLabels },
});

/** Names are resolved anywhere: the cluster's DNS may run as a pod or on the node. */
export const dnsRule: Rule = {
  to: [{ namespaceSelector: {} }, anywhere],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** Postgres with its poolers, Supabase's on 6543 among them. */
export const databasePorts: readonly number[] = [5432, 6432, 6543];
export const redisPorts: readonly number[] = [6379, 6380];

/**
 * Postgres, Redis and S3 are outside of what we run; their ranges are narrowed by the Platform, which
 * names ports, too, where a provider of databases has its own.
 */
export const storeRule = (platform: Platform, usual: readonly number[]): Rule => {
  const { databaseCidrs, storePorts = [] } = platform.spec.network ?? {};
  const ports = [...new Set([...usual, ...storePorts])];
  const to =
    databaseCidrs === undefined || databaseCidrs.length === 0
      ? anyone()
      : databaseCidrs.map((cidr) => ({ ipBlock: { cidr } }));
  return { to, ports: tcp(...ports) };
};

/** The port of a URL, with the scheme's default. */
export const portOf = (url: string): number => {
  const named = URL.parse(url)?.port ?? "";
  if (named !== "") return Number(named);
  return url.startsWith("https:") ? 443 : 80;
};

export const telemetryRules = (platform: Platform): Rule[] => {
  const endpoint = platform.spec.telemetry?.otlpEndpoint;
  if (endpoint === undefined) return [];
  return [{ to: anyone(), ports: tcp(portOf(endpoint)) }];
};

/** The Kubernetes API has no pod or fixed address that a policy could name; ports as distributions have them. */
export const kubernetesApiRule: Rule = { to: [anywhere], ports: tcp(443, 6443, 8443, 16443) };

export const calls = (platform: Platform, component: Component): Rule[] =>
  componentTable[component].calls.map((called) =>
    called === "auth" && platform.spec.auth !== undefined
      ? { to: anyone(), ports: tcp(portOf(platform.spec.auth.jwksUrl)) }
      : { to: [componentPeer(platform, called)], ports: tcp(componentTable[called].port) },
  );
