import type { Registry } from "prom-client";
import { allAccountKinds } from "../api/account-kinds.ts";
import type { Cluster, EventRecorder } from "../cluster/port.ts";
import { accountWatchedKinds } from "./account/watches.ts";
import { createPlatformController } from "./platform/controller.ts";
import type { Installations } from "./platform/installations.ts";
import { platformChildKinds } from "./platform/observe.ts";
import { createApplier } from "./runtime/apply-object.ts";
import { startAllControllers, type AllControllers } from "./start-all-controllers.ts";

export interface KubernetesControllersDeps {
  cluster: Cluster;
  events: EventRecorder;
  registry: Registry;
  installations: Installations;
  /** How long the deletion of an account with deletionPolicy Delete waits for its logout. */
  deletionDeadlineMs: number;
  onError: (key: string, error: unknown) => void;
  now?: () => Date;
}

/** Kinds the controllers watch, optional ones too. A replica that waits for its turn has them in its cache already. */
export const cachedKinds: readonly string[] = [
  ...new Set(["Platform", ...allAccountKinds, ...platformChildKinds, ...accountWatchedKinds]),
];

/** Platforms and accounts of every kind on a Kubernetes cluster. */
export const startKubernetesControllers = async (
  deps: KubernetesControllersDeps,
): Promise<{ stop(): Promise<void> }> => {
  const { cluster, events, installations, now = () => new Date() } = deps;
  const { sources, directory } = installations;
  const started: { all?: AllControllers } = {};
  const early = new Set<string>();
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
  const unsubscribe = installations.onReading(all.sourcesChanged);
  for (const namespace of early) all.installationChanged(namespace);
  return {
    stop: async () => {
      unsubscribe();
      await all.stop();
    },
  };
};
