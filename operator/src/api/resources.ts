import { group } from "./names.ts";

/** The kinds the operator reads or writes, by their names in URLs. */
export interface ResourceKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
  hasStatus: boolean;
  /** Objects of other kinds belong to the cluster as a whole; their namespace is "". */
  isNamespaced: boolean;
  /** Whether the local runtime keeps objects of this kind. */
  isLocal: boolean;
  /** A kind of somebody else's, which a cluster may lack. */
  isOptional: boolean;
}

type Traits = Partial<Pick<ResourceKind, "hasStatus" | "isNamespaced" | "isLocal" | "isOptional">>;

const kindOf =
  (kindGroup: string, version: string, traits: Traits = {}) =>
  (kind: string, plural: string, own: Traits = {}): ResourceKind => ({
    ...{ group: kindGroup, version, plural, kind },
    ...{ hasStatus: false, isNamespaced: true, isLocal: false, isOptional: false },
    ...traits,
    ...own,
  });

const ours = kindOf(group, "v1alpha1", { hasStatus: true, isLocal: true });
const core = kindOf("", "v1");
const apps = kindOf("apps", "v1", { hasStatus: true });
const rbac = kindOf("rbac.authorization.k8s.io", "v1");
const monitoring = kindOf("monitoring.coreos.com", "v1", { isOptional: true });

export const resourceKinds = {
  Platform: ours("Platform", "platforms"),
  WhatsAppAccount: ours("WhatsAppAccount", "whatsappaccounts"),
  InstagramAccount: ours("InstagramAccount", "instagramaccounts"),
  FacebookPage: ours("FacebookPage", "facebookpages"),
  XAccount: ours("XAccount", "xaccounts"),
  LinkedInAccount: ours("LinkedInAccount", "linkedinaccounts"),
  Deployment: apps("Deployment", "deployments", { isLocal: true }),
  Pod: core("Pod", "pods", { hasStatus: true, isLocal: true }),
  Secret: core("Secret", "secrets", { isLocal: true }),
  ConfigMap: core("ConfigMap", "configmaps"),
  Service: core("Service", "services", { hasStatus: true }),
  ServiceAccount: core("ServiceAccount", "serviceaccounts"),
  PersistentVolumeClaim: core("PersistentVolumeClaim", "persistentvolumeclaims", {
    hasStatus: true,
  }),
  Namespace: core("Namespace", "namespaces", { hasStatus: true, isNamespaced: false }),
  Node: core("Node", "nodes", { hasStatus: true, isNamespaced: false }),
  ReplicaSet: apps("ReplicaSet", "replicasets"),
  Job: kindOf("batch", "v1")("Job", "jobs", { hasStatus: true }),
  Ingress: kindOf("networking.k8s.io", "v1")("Ingress", "ingresses", { hasStatus: true }),
  NetworkPolicy: kindOf("networking.k8s.io", "v1")("NetworkPolicy", "networkpolicies"),
  HTTPRoute: kindOf("gateway.networking.k8s.io", "v1")("HTTPRoute", "httproutes", {
    hasStatus: true,
    isOptional: true,
  }),
  EndpointSlice: kindOf("discovery.k8s.io", "v1")("EndpointSlice", "endpointslices"),
  PodDisruptionBudget: kindOf("policy", "v1")("PodDisruptionBudget", "poddisruptionbudgets", {
    hasStatus: true,
  }),
  HorizontalPodAutoscaler: kindOf("autoscaling", "v2")(
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    { hasStatus: true },
  ),
  ScaledObject: kindOf("keda.sh", "v1alpha1")("ScaledObject", "scaledobjects", {
    hasStatus: true,
    isOptional: true,
  }),
  Role: rbac("Role", "roles"),
  RoleBinding: rbac("RoleBinding", "rolebindings"),
  PodMonitor: monitoring("PodMonitor", "podmonitors"),
  ServiceMonitor: monitoring("ServiceMonitor", "servicemonitors"),
  PrometheusRule: monitoring("PrometheusRule", "prometheusrules"),
  Lease: kindOf("coordination.k8s.io", "v1")("Lease", "leases"),
  Event: kindOf("events.k8s.io", "v1")("Event", "events"),
  APIService: kindOf("apiregistration.k8s.io", "v1")("APIService", "apiservices", {
    hasStatus: true,
    isNamespaced: false,
  }),
} as const satisfies Record<string, ResourceKind>;

export const allResourceKinds: readonly ResourceKind[] = Object.values(resourceKinds);

/** What the local runtime keeps, and what its API has addresses for. */
export const localResourceKinds = allResourceKinds.filter(({ isLocal }) => isLocal);

export const findKind = (kind: string): ResourceKind | undefined =>
  allResourceKinds.find((candidate) => candidate.kind === kind);

export const apiVersionOf = (resource: Pick<ResourceKind, "group" | "version">): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
