import { refKey, refOf, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import { isClusterError, type ClusterErrorReason } from "../../cluster/errors.ts";
import type { Cluster, EventRecorder } from "../../cluster/port.ts";
import { createBackoff, type BackoffOptions } from "./backoff.ts";
import { createBreaker, type Breaker, type BreakerOptions } from "./breaker.ts";
import type { Controller, Enqueue, WorkResult } from "./controller.ts";
import type { Outcome, ReconcileMetrics } from "./metrics.ts";
import { createRouter } from "./route-events.ts";
import { withReconcileSpan } from "./tracing.ts";
import { createWorkQueue, type WorkQueue } from "./work-queue.ts";

export interface ControllersDeps {
  cluster: Cluster;
  events: EventRecorder;
  controllers: readonly Controller[];
  metrics: ReconcileMetrics;
  onError: (key: string, error: unknown) => void;
  /** Reconciles at the same time, of all kinds together. */
  concurrency: number;
  /** Every object is looked at again after so long, whatever the watches say. */
  resyncMs?: number;
  /** The first time sooner: who led before may have written until its lease had run out, after our first look. */
  secondLookMs?: number;
  backoff?: BackoffOptions;
  breaker?: BreakerOptions;
}

export interface RunningControllers {
  enqueue: Enqueue;
  /** Nothing starts afterwards; resolves when the work in progress is done. */
  stop(): Promise<void>;
}

const resyncDefaultMs = 10 * 3600 * 1000;
/** As long as a lease lasts. */
const secondLookDefaultMs = 15_000;

/** Refusals that stay until somebody changes something; they are tried again, but rarely. */
const terminal: readonly ClusterErrorReason[] = ["Invalid", "BadRequest", "Forbidden", "NotServed"];

/** All controllers on one queue: what waits, waits once, and nobody is starved by another kind. */
export const startControllers = async (deps: ControllersDeps): Promise<RunningControllers> => {
  const { cluster } = deps;
  const breaker = createBreaker(deps.breaker);
  const queue = startQueue(deps, breaker);

  /** A wake-up by a watched object. */
  const wake = (ref: ObjectRef, cause: KubeObject): void => {
    const key = refKey(ref);
    const { delayMs, tripped } = breaker.admit(key, refKey(refOf(cause)));
    if (tripped !== undefined) void announceStorm(deps, ref, tripped);
    if (delayMs === 0) queue.add(key);
    else queue.addAfter(key, delayMs);
  };
  const router = createRouter(deps.controllers, { wake, forget: breaker.forget });
  const unwatch = cluster.watch(router.kinds, router.onEvent);
  const resync = async (): Promise<void> => {
    for (const { kind } of deps.controllers) {
      for (const object of await cluster.list(kind)) queue.add(refKey(refOf(object)), "resync");
    }
  };
  const lookAgain = (): void => {
    resync().catch((error: unknown) => deps.onError("resync", error));
  };
  const timer = setInterval(lookAgain, deps.resyncMs ?? resyncDefaultMs);
  const secondLook = setTimeout(lookAgain, deps.secondLookMs ?? secondLookDefaultMs);
  await resync();
  return {
    enqueue: (ref, priority) => queue.add(refKey(ref), priority),
    stop: async () => {
      clearInterval(timer);
      clearTimeout(secondLook);
      unwatch();
      await queue.stop();
    },
  };
};

const startQueue = (deps: ControllersDeps, breaker: Breaker): WorkQueue => {
  const { metrics, concurrency } = deps;
  const byKind = new Map(deps.controllers.map((controller) => [controller.kind, controller]));
  return createWorkQueue({
    process: async (key) => reconcileOne({ ...deps, byKind, stormOf: breaker.causeOf }, key),
    onError: (key, error) => {
      const isTerminal = terminal.some((reason) => isClusterError(error, reason));
      const isBug = error instanceof TypeError || error instanceof RangeError;
      metrics.failed(labelOf(key), { isTerminal, isBug });
      deps.onError(key, error);
    },
    concurrency,
    backoff: createBackoff(deps.backoff),
    observer: {
      onAdd: (key) => metrics.added(labelOf(key)),
      onStart: (key, waitedMs) => metrics.started(labelOf(key), waitedMs),
      onDone: (key, tookMs) => metrics.done(labelOf(key), tookMs),
      onRetry: (key) => metrics.retried(labelOf(key)),
    },
  });
};

const labelOf = (key: string): string => parseKey(key).kind.toLowerCase();

const parseKey = (key: string): ObjectRef => {
  const [kind = "", namespace = "", name = ""] = key.split("/");
  return { kind, namespace, name };
};

const reconcileOne = async (
  deps: ControllersDeps & {
    byKind: ReadonlyMap<string, Controller>;
    stormOf: (key: string) => string | undefined;
  },
  key: string,
): Promise<WorkResult> => {
  const ref = parseKey(key);
  const controller = deps.byKind.get(ref.kind);
  if (controller === undefined) return {};
  const label = labelOf(key);
  const startedMs = performance.now();
  let outcome: Outcome = "error";
  try {
    const about = { controller: label, namespace: ref.namespace, name: ref.name };
    const result = await withReconcileSpan(about, async (span) =>
      controller.reconcile(ref, { span, storm: deps.stormOf(key) }),
    );
    outcome = outcomeOf(result);
    return result;
  } catch (error) {
    if (!isClusterError(error, "Conflict")) throw error;
    // Somebody changed it meanwhile: what was read is old, and nothing is wrong.
    outcome = "requeue";
    return { requeueAfterMs: conflictRetryMs };
  } finally {
    deps.metrics.reconciled(label, { outcome, tookMs: performance.now() - startedMs });
  }
};

/** Long enough for the watch to bring what changed. */
const conflictRetryMs = 50;

const outcomeOf = ({ requeueAfterMs }: WorkResult): Outcome => {
  if (requeueAfterMs === undefined) return "success";
  return requeueAfterMs === 0 ? "requeue" : "requeue_after";
};

const announceStorm = async (
  { cluster, events, metrics, onError }: ControllersDeps,
  ref: ObjectRef,
  cause: string,
): Promise<void> => {
  metrics.held(ref.kind.toLowerCase());
  try {
    const object = await cluster.get(ref);
    if (object === undefined) return;
    events.record(object, {
      type: "Warning",
      reason: "WokenTooOften",
      action: "Reconcile",
      message: `${cause} changes all the time: this object is looked at every 30 s until it stops`,
    });
  } catch (error) {
    onError(refKey(ref), error);
  }
};
