import type { Registry } from "prom-client";
import type { Platform } from "../api/platform.ts";
import { componentName } from "../api/platform-names.ts";
import type { Cluster, EventRecorder } from "../cluster/port.ts";
import { componentTable, type Component } from "../desired/platform/components.ts";
import { chooseMode } from "../scaling/choose-mode.ts";
import { createPlatformSources, type PlatformSources } from "../sources/platform-sources.ts";
import { readSandboxTrust } from "../sources/sandbox-trust.ts";
import { createPlatformController } from "./platform/controller.ts";
import {
  createInstallationDirectory,
  type DirectoryDeps,
  type InstallationDirectory,
} from "./platform/installation-directory.ts";
import { createApplier } from "./runtime/apply-object.ts";
import { startAllControllers, type AllControllers } from "./start-all-controllers.ts";

export interface KubernetesControllersDeps {
  cluster: Cluster;
  events: EventRecorder;
  registry: Registry;
  /** The version a Platform without one is installed as. */
  operatorVersion: string;
  /** Where the operator's own pods are. */
  operatorNamespace: string;
  /** How often the services of each Platform are asked. */
  pollIntervalMs: number;
  /** How long the deletion of an account with deletionPolicy Delete waits for its logout. */
  deletionDeadlineMs: number;
  onError: (key: string, error: unknown) => void;
  now?: () => Date;
  /** How accounts of a Platform are scaled; by the operator itself when left out. */
  readScaling?: DirectoryDeps["readScaling"];
  /** Where a Platform's services answer; their Services in the cluster when left out. */
  urlsOf?: DirectoryDeps["urlsOf"];
}

export interface KubernetesControllers {
  sources: PlatformSources;
  directory: InstallationDirectory;
  stop(): Promise<void>;
}

/** Platforms and accounts of every kind on a Kubernetes cluster. */
export const startKubernetesControllers = async (
  deps: KubernetesControllersDeps,
): Promise<KubernetesControllers> => {
  const { cluster, events, now = () => new Date() } = deps;
  const started: { all?: AllControllers } = {};
  const early = new Set<string>();
  const sources = createPlatformSources({
    intervalMs: deps.pollIntervalMs,
    onReading: (namespace) => started.all?.sourcesChanged(namespace),
  });
  const directory = createInstallationDirectory({
    ...{ cluster, sources },
    operatorVersion: deps.operatorVersion,
    operatorNamespace: deps.operatorNamespace,
    urlsOf: deps.urlsOf ?? serviceUrls,
    readScaling: deps.readScaling ?? directOnly,
    readTrust: async (platform) => readSandboxTrust(urlOf(platform, "sandbox")),
  });
  const platforms = createPlatformController({
    ...{ cluster, events, directory, now },
    applier: createApplier(cluster),
    onInstallationChange: (namespace) => {
      if (started.all === undefined) early.add(namespace);
      else started.all.installationChanged(namespace);
    },
  });
  const all = await startAllControllers({
    ...{ cluster, events, sources, now },
    registry: deps.registry,
    onError: deps.onError,
    deletionDeadlineMs: deps.deletionDeadlineMs,
    readInstallation: directory.of,
    others: [platforms],
  });
  started.all = all;
  for (const namespace of early) all.installationChanged(namespace);
  return {
    ...{ sources, directory },
    stop: async () => {
      await all.stop();
      await sources.stop();
    },
  };
};

/** Without access to anything an autoscaler could read. */
const directOnly: DirectoryDeps["readScaling"] = async ({ spec }) =>
  Promise.resolve({
    choice: chooseMode(spec.scaling?.mode, {
      keda: false,
      externalMetrics: { owner: "nobody" },
      builtinPermitted: false,
    }),
    kedaSource: undefined,
  });

const urlOf = ({ metadata, ...platform }: Platform, component: Component): string => {
  const host = componentName({ ...platform, metadata }, component);
  return `http://${host}.${metadata.namespace}.svc:${String(componentTable[component].port)}`;
};

const serviceUrls: DirectoryDeps["urlsOf"] = (platform) => ({
  orchestratorUrl: urlOf(platform, "orchestrator"),
  accountsUrl: urlOf(platform, "accounts"),
});
