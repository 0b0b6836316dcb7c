import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { ClusterAccess } from "../cluster/kubernetes/client/access.ts";
import {
  createKubeEventRecorder,
  type KubeEventRecorder,
} from "../cluster/kubernetes/event-recorder.ts";
import type { KubernetesCluster } from "../cluster/kubernetes/kubernetes-cluster.ts";
import {
  createLeaderElection,
  type LeaderElection,
} from "../cluster/kubernetes/leader/leader-election.ts";
import { createInstallations, type Installations } from "../controllers/platform/installations.ts";
import {
  cachedKinds,
  startKubernetesControllers,
} from "../controllers/start-kubernetes-controllers.ts";
import type { KubernetesConfig } from "../environment/kubernetes.ts";
import { createLeadership, type Leadership } from "./leadership.ts";
import { metricsFor, openReplicaCluster } from "./open-cluster.ts";
import type { Registries } from "./registries.ts";
import {
  createScalingReader,
  startReplicaScaling,
  type ReplicaScaling,
} from "./replica-scaling.ts";

export interface ReplicaDeps {
  config: KubernetesConfig;
  access: ClusterAccess;
  registries: Registries;
  logger: Logger;
  /** This process is of no more use: it should end, and be started again. */
  onFailure: (error: unknown) => void;
}

export interface Replica {
  /** What is missing until this replica could lead, in words. */
  pending(): string[];
  /** Controllers first, then the lease, so that the next leader finds nothing in progress. */
  stop(): Promise<void>;
}

interface Parts {
  cluster: KubernetesCluster;
  election: LeaderElection;
  leadership: Leadership;
  installations: Installations;
  events: KubeEventRecorder;
  scaling: ReplicaScaling;
}

/** Everything one replica does on its cluster. It is a candidate as soon as its caches are complete. */
export const startReplica = (deps: ReplicaDeps): Replica => {
  const identity = `${deps.config.podName}_${randomBytes(4).toString("hex")}`;
  const parts = openParts(deps, identity);
  const { cluster, election, leadership, installations, events, scaling } = parts;
  const stopping = new AbortController();
  void untilWarm(cluster, stopping.signal).then(() => {
    if (stopping.signal.aborted) return;
    deps.logger.info({ identity }, "this replica is a candidate");
    election.start();
  });
  return {
    pending: () => {
      const kinds = [...cluster.pending()].map(([kind, failure]) =>
        failure === undefined ? kind : `${kind}: ${failure.message}`,
      );
      const server = scaling.pending();
      return server === undefined ? kinds : [...kinds, server];
    },
    stop: async () => {
      stopping.abort();
      await leadership.stop();
      await election.stop();
      await scaling.stop();
      await installations.stop();
      await events.stop();
      await cluster.close();
    },
  };
};

/** Every kind is cached that a leader looks at, also those that only some clusters have. */
const untilWarm = async (cluster: KubernetesCluster, signal: AbortSignal): Promise<void> => {
  await cluster.complete(signal);
  // What cannot be asked now is asked again by whoever needs it.
  await cluster.serves(cachedKinds).catch(() => undefined);
  await cluster.complete(signal);
};

const openParts = (deps: ReplicaDeps, identity: string): Parts => {
  const { config, access, registries, logger } = deps;
  const namespace = config.podNamespace ?? access.namespace ?? "default";
  const metrics = metricsFor(registries.base, access);
  const leader: { leadership?: Leadership } = {};
  const election = createLeaderElection({
    ...{ access, metrics, identity, lease: { namespace, name: config.leaseName } },
    onLeading: () => {
      logger.info("this replica leads");
      leader.leadership?.gained();
    },
    onLost: () => {
      logger.warn("this replica leads no more");
      leader.leadership?.lost();
    },
    onError: (reason) => logger.warn({ reason }, "the lease cannot be read or written"),
    onDead: deps.onFailure,
  });
  const cluster = openReplicaCluster({ config, access, metrics, logger, guard: election.guard });
  const assertLeading = election.guard(cluster.client).check;
  const working = openWork(deps, { cluster, namespace, assertLeading });
  leader.leadership = working.leadership;
  return { cluster, election, ...working };
};

interface WorkPlace {
  cluster: KubernetesCluster;
  namespace: string;
  /** Throws where this replica may not act. */
  assertLeading: () => void;
}

/** What a replica works with, and what of it runs only while it leads. */
const openWork = (
  { config, registries, logger, onFailure }: ReplicaDeps,
  { cluster, namespace, assertLeading }: WorkPlace,
): Omit<Parts, "cluster" | "election"> => {
  const { metricsServer, serviceUrls, sandboxUrl, operatorVersion, pollIntervalMs } = config;
  const place =
    metricsServer === undefined ? undefined : { ...metricsServer, host: config.host, namespace };
  const readScaling = createScalingReader(cluster, place);
  const installations = createInstallations({
    ...{ cluster, readScaling, operatorVersion, pollIntervalMs, sandboxUrl },
    operatorNamespace: namespace,
    beforeChange: assertLeading,
    urlsOf: serviceUrls === undefined ? undefined : () => serviceUrls,
  });
  const events = createKubeEventRecorder({
    client: cluster.client,
    controller: "rarityleads.io/operator",
    onLost: (err) => logger.debug({ err }, "an event was not recorded"),
  });
  const startControllers = async (): Promise<{ stop(): Promise<void> }> =>
    startKubernetesControllers({
      ...{ cluster, events, installations, registry: registries.newTerm() },
      deletionDeadlineMs: config.deletionDeadlineMs,
      onError: (key, err) => logger.warn({ err, key }, "reconcile failed"),
    });
  return {
    installations,
    events,
    leadership: createLeadership({ start: startControllers, onFailure }),
    scaling: startReplicaScaling({
      ...{ cluster, installations, readScaling, place, registry: registries.base },
      onError: (err) => logger.warn({ err }, "scaling by autoscalers is held up"),
    }),
  };
};
