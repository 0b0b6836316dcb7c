import type { Platform } from "../../api/platform.ts";
import { componentName } from "../../api/platform-names.ts";
import type { Cluster } from "../../cluster/port.ts";
import { componentTable, type Component } from "../../desired/platform/components.ts";
import { chooseMode } from "../../scaling/choose-mode.ts";
import { createPlatformSources, type PlatformSources } from "../../sources/platform-sources.ts";
import { readSandboxTrust } from "../../sources/sandbox-trust.ts";
import {
  createInstallationDirectory,
  type DirectoryDeps,
  type InstallationDirectory,
} from "./installation-directory.ts";

export interface InstallationsDeps {
  cluster: Cluster;
  /** The version a Platform without one is installed as. */
  operatorVersion: string;
  /** Where the operator's own pods are. */
  operatorNamespace: string;
  /** How often the services of each Platform are asked. */
  pollIntervalMs: number;
  /** Before each call that changes something at a service; throws where that is not ours to do. */
  beforeChange?: (() => void) | undefined;
  /** How accounts of a Platform are scaled; by the operator itself when left out. */
  readScaling?: DirectoryDeps["readScaling"] | undefined;
  /** Where a Platform's services answer; their Services in the cluster when left out. */
  urlsOf?: DirectoryDeps["urlsOf"] | undefined;
  /** Where its sandbox answers; its Service in the cluster when left out. */
  sandboxUrl?: string | undefined;
}

/** What is known about installations, in every replica: one that does not lead serves metrics. */
export interface Installations {
  sources: PlatformSources;
  directory: InstallationDirectory;
  /** Told when the services of a namespace were read anew. Answers how to stop that. */
  onReading(listener: (namespace: string) => void): () => void;
  stop(): Promise<void>;
}

export const createInstallations = (deps: InstallationsDeps): Installations => {
  const listeners = new Set<(namespace: string) => void>();
  const sources = createPlatformSources({
    intervalMs: deps.pollIntervalMs,
    beforeChange: deps.beforeChange,
    onReading: (namespace) => listeners.forEach((tell) => tell(namespace)),
  });
  const directory = createInstallationDirectory({
    ...{ cluster: deps.cluster, sources },
    operatorVersion: deps.operatorVersion,
    operatorNamespace: deps.operatorNamespace,
    urlsOf: deps.urlsOf ?? serviceUrls,
    readScaling: deps.readScaling ?? directOnly,
    readTrust: async (platform) => readSandboxTrust(deps.sandboxUrl ?? urlOf(platform, "sandbox")),
  });
  return {
    ...{ sources, directory },
    onReading: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: sources.stop,
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
