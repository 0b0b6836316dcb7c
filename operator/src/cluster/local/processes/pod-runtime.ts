import path from "node:path";
import { annotations } from "../../../api/names.ts";
import { refKey, refOf, type ObjectRef } from "../../../api/objects.ts";
import type { Pod, PodStatus, Secret } from "../../../api/workloads.ts";
import type { ObjectStore } from "../object-store.ts";
import { runPod, type PodRunner } from "./pod-runner.ts";
import { readStartTime, signalGroup } from "./process-identity.ts";
import type { RestartPolicy } from "./restart-delay.ts";

export const processFinalizer = "local.rarityleads.io/process";

export interface PodRuntimeDeps {
  store: ObjectStore;
  logFolder: string;
  baseEnv: Record<string, string>;
  restart: RestartPolicy;
  now: () => Date;
  onError: (ref: ObjectRef, error: unknown) => void;
}

export interface PodRuntime {
  start(): void;
  /** Stops every process. Resolves when all are gone. */
  stop(): Promise<void>;
}

/** The local kubelet: one process per Pod object; a deleted Pod goes when its process is gone. */
export const createPodRuntime = (deps: PodRuntimeDeps): PodRuntime => {
  const runners = new Map<string, PodRunner>();
  const ending = new Map<string, Promise<void>>();
  let unwatch = (): void => undefined;
  let isStopped = false;

  const sync = (pod: Pod): void => {
    const key = refKey(refOf(pod));
    if (isStopped) return;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!ending.has(key)) ending.set(key, end(key, refOf(pod)));
      return;
    }
    if (!runners.has(key)) runners.set(key, runPod(runnerDeps(deps, pod), pod));
  };

  const end = async (key: string, ref: ObjectRef): Promise<void> => {
    try {
      await runners.get(key)?.stop();
      runners.delete(key);
      deps.store.setFinalizer(ref, processFinalizer, false);
    } catch (error) {
      deps.onError(ref, error);
    } finally {
      ending.delete(key);
    }
  };

  return {
    start: () => {
      unwatch = deps.store.watch(["Pod"], ({ type, object }) => {
        // A pod is started after the store is done with the write that announced it.
        if (type !== "DELETED") queueMicrotask(() => sync(object as Pod));
      });
      for (const object of deps.store.list("Pod")) sync(object as Pod);
    },
    stop: async () => {
      isStopped = true;
      unwatch();
      await Promise.all([
        ...[...runners.values()].map((runner) => runner.stop()),
        ...ending.values(),
      ]);
    },
  };
};

const runnerDeps = (deps: PodRuntimeDeps, pod: Pod): Parameters<typeof runPod>[0] => {
  const ref = refOf(pod);
  const { namespace, name } = pod.metadata;
  const guarded = (write: () => void): void => {
    try {
      if (deps.store.get(ref) !== undefined) write();
    } catch (error) {
      deps.onError(ref, error);
    }
  };
  return {
    readSecret: (secretNamespace, secretName) =>
      deps.store.get({ kind: "Secret", namespace: secretNamespace, name: secretName }) as
        Secret | undefined,
    report: (status: PodStatus) => guarded(() => deps.store.putStatus(ref, status)),
    recordProcess: (processId, startTime) =>
      guarded(() => {
        const current = deps.store.get(ref);
        if (current === undefined) return;
        const next = structuredClone(current);
        next.metadata.annotations = {
          ...next.metadata.annotations,
          [annotations.processId]: String(processId),
          [annotations.processStarted]: startTime,
        };
        deps.store.put(next, current);
      }),
    baseEnv: deps.baseEnv,
    logFile: path.join(deps.logFolder, `${namespace}.${name}.log`),
    restart: deps.restart,
    now: deps.now,
  };
};

/**
 * Ends the processes an operator left behind when it crashed, and forgets their pods. The start
 * time tells ours from another process that got the same id since.
 */
export const endOrphans = async (store: ObjectStore, graceMs: number): Promise<number> => {
  const pods = store.list("Pod");
  const ended = await Promise.all(pods.map(async (pod) => endOrphan(pod as Pod, graceMs)));
  for (const pod of pods) {
    store.delete(refOf(pod));
    if (store.get(refOf(pod)) !== undefined)
      store.setFinalizer(refOf(pod), processFinalizer, false);
  }
  return ended.filter(Boolean).length;
};

const endOrphan = async (pod: Pod, graceMs: number): Promise<boolean> => {
  const processId = Number(pod.metadata.annotations?.[annotations.processId]);
  const startTime = pod.metadata.annotations?.[annotations.processStarted];
  const isOurs = (): boolean =>
    Number.isInteger(processId) && processId > 1 && readStartTime(processId) === startTime;
  if (startTime === undefined || !isOurs()) return false;
  signalGroup(processId, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (isOurs() && performance.now() < deadline) await new Promise((r) => setTimeout(r, 50));
  if (isOurs()) signalGroup(processId, "SIGKILL");
  while (isOurs()) await new Promise((r) => setTimeout(r, 20));
  return true;
};
