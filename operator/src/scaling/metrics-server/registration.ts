import type { ExternalMetricsOwner } from "../choose-mode.ts";
import type { ApiCalls } from "./api-calls.ts";
import { apiGroup, apiVersion } from "./discovery.ts";

/** The Service the API server finds the metrics server behind. */
export interface ServicePlace {
  namespace: string;
  name: string;
  port: number;
}

interface ApiService {
  metadata: { uid: string; resourceVersion: string; labels?: Record<string, string> };
  spec: { service?: { namespace: string; name: string } | null };
}

export type Registration =
  { state: "registered" } | { state: "foreign"; service: string } | { state: "lost" };

const name = `${apiVersion}.${apiGroup}`;
const path = `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;

/**
 * Makes the API server send external.metrics.k8s.io here, unless another server has that slot: a
 * cluster has one, and what others scale on it is not ours to break.
 */
export const register = async (
  api: Pick<ApiCalls, "read" | "apply">,
  service: ServicePlace,
  caPem: string,
): Promise<Registration> => {
  const present = await api.read<ApiService>(path);
  if (present !== undefined && !isOurs(present, service)) return foreign(present);
  const applied = await api.apply<ApiService>(path, buildApiService(service, caPem));
  // Another server took the slot between the two calls; the next look says which.
  return applied === undefined ? { state: "lost" } : { state: "registered" };
};

/**
 * Whether an installer made the registration for us, such as the chart. It is filled in and left in
 * place then: taking away what others keep in place would be done and undone for ever.
 */
export const isInstalled = async (
  api: Pick<ApiCalls, "read">,
  service: ServicePlace,
): Promise<boolean> => {
  const present = await api.read<ApiService>(path);
  return present !== undefined && isOurs(present, service) && isManaged(present);
};

/**
 * Frees the slot, unless an installer made the registration. One whose server is gone would hold up every
 * deleted namespace. The API server writes its status at any moment, so a lost race means: look again
 * whose it is.
 */
export const unregister = async (
  api: Pick<ApiCalls, "read" | "remove">,
  service: ServicePlace,
): Promise<void> => {
  for (let tries = 0; tries < unregisterTriesMax; tries += 1) {
    const present = await api.read<ApiService>(path);
    if (present === undefined || !isOurs(present, service) || isManaged(present)) return;
    const { uid, resourceVersion } = present.metadata;
    if (await api.remove(path, { preconditions: { uid, resourceVersion } })) return;
  }
  throw new Error(`${name} changes all the time and could not be taken away`);
};

const unregisterTriesMax = 10;

/** Who has the slot, as the choice of a scaling mode asks it. */
export const externalMetricsOwner = async (
  api: Pick<ApiCalls, "read">,
  service: Omit<ServicePlace, "port"> | undefined,
): Promise<ExternalMetricsOwner> => {
  const present = await api.read<ApiService>(path);
  if (present === undefined) return { owner: "nobody" };
  if (service !== undefined && isOurs(present, service)) return { owner: "rarity" };
  return { owner: "another", service: serviceName(present), servesDemand: false };
};

const isOurs = ({ spec }: ApiService, service: Omit<ServicePlace, "port">): boolean =>
  spec.service?.namespace === service.namespace && spec.service.name === service.name;

const isManaged = ({ metadata }: ApiService): boolean =>
  metadata.labels?.["app.kubernetes.io/managed-by"] !== undefined;

const foreign = (present: ApiService): Registration => ({
  state: "foreign",
  service: serviceName(present),
});

const serviceName = ({ spec }: ApiService): string =>
  spec.service == null ? "the API server itself" : `${spec.service.namespace}/${spec.service.name}`;

const buildApiService = (service: ServicePlace, caPem: string): unknown => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: {
    name,
    // The chart may have made it: who manages it is the chart's to say.
    labels: { "app.kubernetes.io/part-of": "rarity-leads" },
  },
  spec: {
    group: apiGroup,
    version: apiVersion,
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service,
    caBundle: Buffer.from(caPem).toString("base64"),
  },
});
