import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { KubeObject } from "../../api/objects.ts";
import { createCorrelator, type CorrelatedEvent } from "../events/correlate.ts";
import type { ClusterEvent, EventRecorder } from "../port.ts";
import type { KubeClient } from "./client/kube-client.ts";
import { microTime } from "./leader/lease-record.ts";
import { collectionPath, resourceOf } from "./paths.ts";

export interface KubeEventRecorderDeps {
  client: KubeClient;
  /** Who reports, as in `rarityleads.io/operator`. */
  controller: string;
  onLost: (error: unknown) => void;
  nowMs?: () => number;
}

export interface KubeEventRecorder extends EventRecorder {
  /** Waits for what is being written. Nothing is taken afterwards. */
  stop(): Promise<void>;
}

/** Beyond it events are dropped: they must not pile up while the API server is away. */
const waitingMax = 1_000;
const noteMax = 1_024;

/** The name under which an event was written, to count it up. */
interface Written {
  namespace: string;
  name: string;
}

/** Events as events.k8s.io/v1 objects; the same again is a count in the one there is. */
export const createKubeEventRecorder = (deps: KubeEventRecorderDeps): KubeEventRecorder => {
  const correlate = createCorrelator(deps.nowMs ?? (() => performance.now()));
  const written = new Map<string, Written>();
  const waiting: (() => Promise<void>)[] = [];
  let working: Promise<void> | undefined;
  let isStopped = false;

  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await next().catch(deps.onLost);
    }
    working = undefined;
  };

  const write = async (
    about: KubeObject,
    event: ClusterEvent,
    correlated: CorrelatedEvent,
  ): Promise<void> => {
    const known = correlated.count > 1 ? written.get(correlated.key) : undefined;
    if (known !== undefined && (await countUp(deps.client, known, correlated.count))) return;
    written.delete(correlated.key);
    written.set(correlated.key, await create(deps, about, { ...event, ...correlated }));
    const oldest = written.keys().next();
    if (written.size > 4_096 && oldest.done !== true) written.delete(oldest.value);
  };

  return {
    record: (about, event) => {
      const correlated = isStopped ? undefined : correlate(about, event);
      if (correlated === undefined) return;
      if (waiting.length >= waitingMax) {
        deps.onLost(new Error("too many events wait to be written"));
        return;
      }
      waiting.push(async () => write(about, event, correlated));
      working ??= work();
    },
    stop: async () => {
      isStopped = true;
      await working;
    },
  };
};

const eventPath = (namespace: string): string => collectionPath(resourceOf("Event"), namespace);

const create = async (
  { client, controller }: KubeEventRecorderDeps,
  about: KubeObject,
  { type, reason, action, message }: ClusterEvent,
): Promise<Written> => {
  const { name, uid, resourceVersion } = about.metadata;
  // Events about objects of the cluster as a whole stand in the default namespace.
  const namespace = about.metadata.namespace === "" ? "default" : about.metadata.namespace;
  const eventName = `${name.slice(0, 230)}.${randomBytes(8).toString("hex")}`;
  await client.send({
    method: "POST",
    path: eventPath(namespace),
    body: {
      ...{ apiVersion: "events.k8s.io/v1", kind: "Event" },
      metadata: { name: eventName, namespace },
      eventTime: microTime(new Date()),
      reportingController: controller,
      reportingInstance: hostname().slice(0, 128),
      ...{ type, reason, action, note: message.slice(0, noteMax) },
      regarding: {
        ...{ apiVersion: about.apiVersion, kind: about.kind, name, uid, resourceVersion },
        namespace: about.metadata.namespace,
      },
    },
  });
  return { namespace, name: eventName };
};

/** False when the event has expired meanwhile; the server keeps them for an hour. */
const countUp = async (
  client: KubeClient,
  { namespace, name }: Written,
  count: number,
): Promise<boolean> => {
  try {
    await client.send({
      method: "PATCH",
      path: `${eventPath(namespace)}/${name}`,
      contentType: "application/merge-patch+json",
      body: { series: { count, lastObservedTime: microTime(new Date()) } },
    });
    return true;
  } catch (error) {
    if (error instanceof Error && "reason" in error && error.reason === "NotFound") return false;
    throw error;
  }
};
