import { setTimeout as delay } from "node:timers/promises";
import type { Registry } from "prom-client";
import type { KubernetesCluster } from "../cluster/kubernetes/kubernetes-cluster.ts";
import type { Installations } from "../controllers/platform/installations.ts";
import type { DirectoryDeps } from "../controllers/platform/installation-directory.ts";
import { kubernetesApiCalls } from "../scaling/service/kubernetes-api-calls.ts";
import { readScaling } from "../scaling/service/read-scaling.ts";
import { startScalingService, type ScalingService } from "../scaling/service/start-scaling.ts";

/** The metrics server of this replica and the Service in front of all of them. */
export interface MetricsPlace {
  host: string;
  port: number;
  namespace: string;
  service: string;
  /** Whether it may hold the slot of external.metrics.k8s.io. */
  mayRegister: boolean;
  /** The ClusterTriggerAuthentication KEDA reads it with; undefined: KEDA does not. */
  kedaAuthentication: string | undefined;
}

/** The scaling mode of a Platform as this cluster allows it. */
export const createScalingReader = (
  cluster: KubernetesCluster,
  place: MetricsPlace | undefined,
): DirectoryDeps["readScaling"] => {
  const api = kubernetesApiCalls(cluster.client);
  const service =
    place?.mayRegister === true ? { namespace: place.namespace, name: place.service } : undefined;
  const keda =
    place?.kedaAuthentication === undefined
      ? undefined
      : {
          url: `https://${place.service}.${place.namespace}.svc`,
          authenticationName: place.kedaAuthentication,
        };
  const servesScaledObjects = async (): Promise<boolean> =>
    (await cluster.serves(["ScaledObject"])).has("ScaledObject");
  return async (platform) => readScaling({ api, service, keda, servesScaledObjects }, platform);
};

export interface ReplicaScalingDeps {
  cluster: KubernetesCluster;
  registry: Registry;
  installations: Installations;
  readScaling: DirectoryDeps["readScaling"];
  place: MetricsPlace | undefined;
  onError: (error: unknown) => void;
}

export interface ReplicaScaling {
  /** What this replica waits for before it can serve the metric; undefined once it does. */
  pending(): string | undefined;
  stop(): Promise<void>;
}

/** How often certificate, authorities and registration are looked at. A change of a Platform is one more look. */
const intervalMs = 60_000;
const settleMs = 200;
const retryMs = 2_000;
/** Port 443 of the Service, as the chart makes it. */
const servicePort = 443;

/** What every replica does for autoscalers. It is tried until it works: rights may come later. */
export const startReplicaScaling = (deps: ReplicaScalingDeps): ReplicaScaling => {
  const { cluster, installations, place } = deps;
  const stopping = new AbortController();
  let service: ScalingService | undefined;
  let failure: string | undefined;

  const start = async (): Promise<ScalingService> =>
    startScalingService({
      ...{ cluster, registry: deps.registry, intervalMs },
      api: kubernetesApiCalls(cluster.client),
      sources: installations.sources,
      openSources: installations.directory.read,
      readScaling: deps.readScaling,
      server: place === undefined ? undefined : serverOf(place),
      now: () => new Date(),
      onError: deps.onError,
    });
  const untilStarted = async (): Promise<void> => {
    await cluster.complete(stopping.signal);
    while (!stopping.signal.aborted && service === undefined) {
      try {
        service = await start();
      } catch (error) {
        failure = error instanceof Error ? error.message : "unknown";
        deps.onError(error);
        await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const starting = untilStarted();
  const stopWatching = onPlatformChange(cluster, () => {
    service?.server?.refresh().catch(() => undefined);
  });
  return {
    pending: () => {
      if (place === undefined || service !== undefined) return undefined;
      return `metrics server${failure === undefined ? "" : `: ${failure}`}`;
    },
    stop: async () => {
      stopWatching();
      stopping.abort();
      await starting;
      await service?.stop();
    },
  };
};

/** Several changes at once are one look. Status says nothing about what a Platform asks for. */
const onPlatformChange = (cluster: KubernetesCluster, look: () => void): (() => void) => {
  const generations = new Map<string, number | undefined>();
  let timer: NodeJS.Timeout | undefined;
  const unwatch = cluster.watch(["Platform"], ({ type, object }) => {
    const { uid = "", generation } = object.metadata;
    const isSame = generations.has(uid) && generations.get(uid) === generation;
    if (type === "DELETED") generations.delete(uid);
    else if (isSame) return;
    else generations.set(uid, generation);
    timer ??= setTimeout(() => {
      timer = undefined;
      look();
    }, settleMs);
  });
  return () => {
    clearTimeout(timer);
    unwatch();
  };
};

const serverOf = ({ host, port, namespace, service, mayRegister }: MetricsPlace) => ({
  ...{ host, port, mayRegister },
  service: { namespace, name: service, port: servicePort },
});
