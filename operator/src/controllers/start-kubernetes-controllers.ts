import type { Registry } from "prom-client";
import type { Platform } from "../api/platform.ts";
import { componentName } from "../api/platform-names.ts";
import type { Cluster, EventRecorder } from "../cluster/port.ts";
import { componentTable, type Component } from "../desired/platform/components.ts";
import type { PlatformContext } from "../desired/platform/context.ts";
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
  /** The scaling mode in force for a Platform. */
  scalingModeOf?: (context: PlatformContext) => Promise<string>;
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
    readTrust: async (platform) => readSandboxTrust(urlOf(platform, "sandbox")),
  });
  const platforms = createPlatformController({
    ...{ cluster, events, directory, now },
    applier: createApplier(cluster),
    scalingModeOf: deps.scalingModeOf ?? (async () => Promise.resolve("Direct")),
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

const urlOf = ({ metadata, ...platform }: Platform, component: Component): string => {
  const host = componentName({ ...platform, metadata }, component);
  return `http://${host}.${metadata.namespace}.svc:${String(componentTable[component].port)}`;
};

const serviceUrls: DirectoryDeps["urlsOf"] = (platform) => ({
  orchestratorUrl: urlOf(platform, "orchestrator"),
  accountsUrl: urlOf(platform, "accounts"),
});
