import type { Registry } from "prom-client";
import { allAccountKinds } from "../api/account-kinds.ts";
import { refOf } from "../api/objects.ts";
import type { Cluster, EventRecorder } from "../cluster/port.ts";
import type { SourceDirectory } from "../sources/account-sources.ts";
import { createAccountController } from "./account/controller.ts";
import type { ObserveDeps } from "./account/observe.ts";
import { createRegistrar } from "./account/register.ts";
import { createSourceWatch } from "./account/source-watch.ts";
import { createStartSlots } from "./account/start-slots.ts";
import { createStatusPace } from "./account/status-pace.ts";
import { createApplier } from "./runtime/apply-object.ts";
import type { Controller, Enqueue } from "./runtime/controller.ts";
import { createReconcileMetrics } from "./runtime/metrics.ts";
import { startControllers, type ControllersDeps } from "./runtime/start-controllers.ts";

export interface AllControllersDeps extends Pick<ControllersDeps, "breaker" | "backoff"> {
  cluster: Cluster;
  events: EventRecorder;
  registry: Registry;
  sources: SourceDirectory;
  readInstallation: ObserveDeps["readInstallation"];
  deletionDeadlineMs: number;
  onError: (key: string, error: unknown) => void;
  now: () => Date;
  /** Controllers of kinds beside the accounts. */
  others?: readonly Controller[];
}

export interface AllControllers {
  /** The services of a namespace were read anew; of every namespace when it is left out. */
  sourcesChanged(namespace?: string): void;
  /** What accounts of a namespace run on has changed. */
  installationChanged(namespace: string): void;
  stop(): Promise<void>;
}

/** Reconciles at the same time: enough to hide the round trips, few enough for one thread. */
const concurrency = 10;

/** Every controller of this operator, on one queue. */
export const startAllControllers = async (deps: AllControllersDeps): Promise<AllControllers> => {
  const { cluster, events, sources } = deps;
  const watch = createSourceWatch(sources);
  const started: { enqueue?: Enqueue } = {};
  const accountDeps = {
    ...{ cluster, events, sources, watch },
    readInstallation: deps.readInstallation,
    deletionDeadlineMs: deps.deletionDeadlineMs,
    now: deps.now,
    applier: createApplier(cluster),
    registrar: createRegistrar(),
    pace: createStatusPace(),
    slots: createStartSlots({ onTurn: (ref) => started.enqueue?.(ref) }),
  };
  const running = await startControllers({
    ...{ cluster, events, concurrency },
    controllers: [
      ...(deps.others ?? []),
      ...allAccountKinds.map((kind) => createAccountController(accountDeps, kind)),
    ],
    metrics: createReconcileMetrics(deps.registry, { concurrency }),
    onError: deps.onError,
    ...(deps.breaker === undefined ? {} : { breaker: deps.breaker }),
    ...(deps.backoff === undefined ? {} : { backoff: deps.backoff }),
  });
  started.enqueue = running.enqueue;
  const wakeAll = async (namespace: string): Promise<void> => {
    for (const kind of allAccountKinds) {
      const accounts = await cluster.list(kind, { namespace });
      // Behind whatever is edited meanwhile: there may be thousands of them.
      for (const account of accounts) running.enqueue(refOf(account), "resync");
    }
  };
  return {
    installationChanged: (namespace) => {
      wakeAll(namespace).catch((error: unknown) => deps.onError(`accounts of ${namespace}`, error));
    },
    sourcesChanged: (namespace) => watch.changed(namespace, running.enqueue),
    stop: running.stop,
  };
};
