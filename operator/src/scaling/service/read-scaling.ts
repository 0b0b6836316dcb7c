import type { Platform } from "../../api/platform.ts";
import type { ScalingSettings } from "../../desired/platform/context.ts";
import { demandMetric } from "../../desired/scaling/demand-metric.ts";
import type { KedaSource } from "../../desired/scaling/scaled-object.ts";
import { chooseMode, type ExternalMetricsOwner } from "../choose-mode.ts";
import type { ApiCalls } from "../metrics-server/api-calls.ts";
import { apiGroup, apiRoot } from "../metrics-server/discovery.ts";
import { externalMetricsOwner, type ServicePlace } from "../metrics-server/registration.ts";

export interface ReadScalingDeps {
  api: Pick<ApiCalls, "read">;
  /** The metrics server's Service; undefined when this operator runs none. */
  service: Pick<ServicePlace, "namespace" | "name"> | undefined;
  /** Where KEDA finds the demand, when the installation says so. */
  keda: Pick<KedaSource, "url" | "authenticationName"> | undefined;
  /** Whether the API server knows ScaledObjects. */
  servesScaledObjects: () => Promise<boolean>;
}

/** The scaling mode of a Platform, from what it asks for and what the cluster has. */
export const readScaling = async (
  deps: ReadScalingDeps,
  { metadata, spec }: Platform,
): Promise<ScalingSettings> => {
  const { mode, fallbackReplicas = 1 } = spec.scaling ?? {};
  const choice = chooseMode(mode, {
    keda: deps.keda !== undefined && (await deps.servesScaledObjects()),
    externalMetrics: await readOwner(deps, metadata.namespace),
    builtinPermitted: deps.service !== undefined,
  });
  return {
    choice,
    kedaSource: deps.keda === undefined ? undefined : { ...deps.keda, fallbackReplicas },
  };
};

const readOwner = async (
  { api, service }: ReadScalingDeps,
  namespace: string,
): Promise<ExternalMetricsOwner> => {
  const owner = await (service === undefined ? somebody(api) : externalMetricsOwner(api, service));
  return owner.owner === "another"
    ? { ...owner, servesDemand: await answersFor(api, namespace) }
    : owner;
};

/** Without a server of our own whoever serves it is another, and discovery is open to everybody. */
const somebody = async (api: Pick<ApiCalls, "read">): Promise<ExternalMetricsOwner> =>
  (await api.read(`/apis/${apiGroup}`)) === undefined
    ? { owner: "nobody" }
    : { owner: "another", service: "another server", servesDemand: false };

/** A server that is there but does not know the metric would leave accounts unscaled. */
const answersFor = async (api: Pick<ApiCalls, "read">, namespace: string): Promise<boolean> => {
  try {
    const path = `${apiRoot}/namespaces/${namespace}/${demandMetric}`;
    const answer = await api.read<{ items?: unknown[] }>(path);
    return (answer?.items ?? []).length > 0;
  } catch {
    return false;
  }
};
