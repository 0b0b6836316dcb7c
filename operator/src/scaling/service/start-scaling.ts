import type { Registry } from "prom-client";
import { metricsCertificateName } from "../../api/names.ts";
import type { Platform } from "../../api/platform.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { ScalingSettings } from "../../desired/platform/context.ts";
import { workOf } from "../../plan/scaling-for.ts";
import type { SourceDirectory } from "../../sources/account-sources.ts";
import { createAccountDemands } from "../account-demands.ts";
import { demandMetric } from "../../desired/scaling/demand-metric.ts";
import type { DemandSource } from "../metrics-server/demand-source.ts";
import type { ApiCalls } from "../metrics-server/api-calls.ts";
import type { ServicePlace } from "../metrics-server/registration.ts";
import { startMetricsServer, type MetricsServer } from "../metrics-server/start-metrics-server.ts";
import { startAccountIndex, type AccountIndex } from "./account-index.ts";
import { exportDemand } from "./export-demand.ts";

export interface ScalingServiceDeps {
  api: ApiCalls;
  cluster: Cluster;
  registry: Registry;
  sources: SourceDirectory;
  /** Makes the services of a Platform's namespace readable, in replicas that do not lead, too. */
  openSources: (platform: Platform) => Promise<unknown>;
  /** The metrics server; undefined runs none, and accounts are scaled in other ways. */
  server: MetricsServerPlace | undefined;
  /** The scaling mode in force for a Platform. */
  readScaling: (platform: Platform) => Promise<ScalingSettings>;
  intervalMs: number;
  now: () => Date;
  onError: (error: unknown) => void;
}

export interface MetricsServerPlace {
  host: string;
  port: number;
  service: ServicePlace;
  /** Whether it may hold the slot of external.metrics.k8s.io. */
  mayRegister: boolean;
}

export interface ScalingService {
  /** Undefined when none runs. */
  server: MetricsServer | undefined;
  stop: () => Promise<void>;
}

/**
 * Everything about scaling that runs beside the controllers, in every replica of the operator. When
 * it cannot start it leaves nothing behind, and may be tried again.
 */
export const startScalingService = async (deps: ScalingServiceDeps): Promise<ScalingService> => {
  const { cluster } = deps;
  const index = await startAccountIndex(cluster);
  const source = demandSource(deps, index);
  exportDemand(deps.registry, source, index.namespaces);
  const stopReading = (): void => {
    index.stop();
    deps.registry.removeSingleMetric(demandMetric);
  };
  try {
    const server = await startServer(deps, source);
    return {
      server,
      stop: async () => {
        stopReading();
        await server?.stop();
      },
    };
  } catch (error) {
    stopReading();
    throw error;
  }
};

const demandSource = ({ sources, now }: ScalingServiceDeps, index: AccountIndex): DemandSource => {
  const sourceOf = (namespace: string) =>
    createAccountDemands({
      accountsIn: index.accountsIn,
      workOf: (accountId) => {
        const { depthOf, runtimeOf } = sources.of(namespace);
        const runtime = runtimeOf(accountId);
        return workOf(depthOf(accountId), runtime.ok ? runtime.runtime : undefined);
      },
      now,
    });
  return {
    demandsIn: (namespace, accountId) => sourceOf(namespace).demandsIn(namespace, accountId),
  };
};

const startServer = async (
  deps: ScalingServiceDeps,
  source: DemandSource,
): Promise<MetricsServer | undefined> => {
  const { api, now, server } = deps;
  if (server === undefined) return undefined;
  const { host, port, service, mayRegister } = server;
  return startMetricsServer({
    ...{ api, source, now, host, port, service },
    ...{ intervalMs: deps.intervalMs, onError: deps.onError },
    secret: { namespace: service.namespace, name: metricsCertificateName },
    isWanted: mayRegister ? () => isBuiltinWanted(deps) : undefined,
  });
};

/** From the Platforms themselves, so that replicas that do not lead come to the same answer. */
const isBuiltinWanted = async ({
  cluster,
  openSources,
  readScaling,
}: ScalingServiceDeps): Promise<boolean> => {
  const platforms = (await cluster.list("Platform")) as Platform[];
  await Promise.all(platforms.map(openSources));
  const settings = await Promise.all(platforms.map(readScaling));
  return settings.some(({ choice }) => choice.mode === "Builtin");
};
