import { platformLabel, selectorLabelsOf } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import { callersOf, componentTable, sandboxPorts, storesOf, type Component } from "./components.ts";
import { wantedComponents, type PlatformContext } from "./context.ts";
import {
  calls,
  componentPeer,
  databasePorts,
  dnsRule,
  kubernetesApiRule,
  namespacePeer,
  operatorPeer,
  portOf,
  redisPorts,
  storeRule,
  tcp,
  telemetryRules,
  type Rule,
} from "./network-rules.ts";
import { metadataOf } from "./service.ts";

/** Nothing in or out for any pod of the platform, then one policy for each component. */
export const buildNetworkPolicies = (context: PlatformContext): KubeObject[] => {
  const { platform } = context;
  if (platform.spec.network?.policies === "Off") return [];
  const denyAll: KubeObject = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadataOf(platform, "default-deny"),
    spec: {
      podSelector: { matchLabels: { [platformLabel]: platform.metadata.name } },
      policyTypes: ["Ingress", "Egress"],
    },
  };
  return [
    denyAll,
    buildMigrationPolicy(platform),
    ...wantedComponents(context).map((component) => buildPolicy(context, component)),
  ];
};

/** The Job reaches the database and nothing else, and nobody reaches it. */
const buildMigrationPolicy = (platform: Platform): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: metadataOf(platform, "migrate"),
  spec: {
    podSelector: { matchLabels: selectorLabelsOf(platform, "migrate") },
    policyTypes: ["Ingress", "Egress"],
    egress: [dnsRule, storeRule(platform, databasePorts)],
  },
});

const buildPolicy = (context: PlatformContext, component: Component): KubeObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: metadataOf(context.platform, component),
  spec: {
    podSelector: { matchLabels: selectorLabelsOf(context.platform, component) },
    policyTypes: ["Ingress", "Egress"],
    ingress: ingressOf(context, component),
    egress: egressOf(context, component),
  },
});

const ingressOf = (context: PlatformContext, component: Component): Rule[] => {
  const { platform, operatorNamespace } = context;
  const { ingressNamespace, monitoringNamespace } = platform.spec.network ?? {};
  const port = tcp(componentTable[component].port);
  const callers = callersOf(component).map((caller) => componentPeer(platform, caller));
  const operator = ["orchestrator", "accounts", "sandbox"].includes(component)
    ? [operatorPeer(operatorNamespace)]
    : [];
  const outside = component === "edge" ? [namespacePeer(ingressNamespace)] : [];
  return [
    {
      from: [...callers, ...operator, ...outside, namespacePeer(monitoringNamespace)],
      ports: port,
    },
    ...(component === "sandbox" ? [sandboxRule(context)] : []),
  ];
};

/** Account pods speak the providers' protocols to the sandbox; so may whoever drives its phones. */
const sandboxRule = ({ platform }: PlatformContext): Rule => ({
  from: [{ podSelector: { matchLabels: { [platformLabel]: platform.metadata.name } } }],
  ports: tcp(componentTable.sandbox.port, ...Object.values(sandboxPorts)),
});

const egressOf = ({ platform }: PlatformContext, component: Component): Rule[] => {
  const { database, redis, media } = storesOf[component];
  const { s3 } = platform.spec.media ?? {};
  const ports = [
    ...(database === undefined ? [] : databasePorts),
    ...(redis === true ? redisPorts : []),
    ...(media === true && s3 !== undefined ? [portOf(s3.endpoint)] : []),
  ];
  return [
    dnsRule,
    ...calls(platform, component),
    ...(ports.length === 0 ? [] : [storeRule(platform, ports)]),
    ...(component === "accounts" ? [kubernetesApiRule] : []),
    ...telemetryRules(platform),
  ];
};
