import type { ResourceKind } from "../../../api/resources.ts";
import { ClusterError } from "../../errors.ts";
import { ExpiredError, type KubeClient } from "../client/kube-client.ts";
import { collectionPath, namingKind } from "../paths.ts";
import { createBackoff, type Backoff } from "./backoff.ts";
import { listPages } from "./list-pages.ts";
import type { ObjectCache } from "./object-cache.ts";
import { parseWatchLine } from "./parse-watch-line.ts";
import { trim } from "./trim.ts";
import { idleWatchdog } from "./watchdog.ts";

export interface ReflectorMetrics {
  listed(kind: string, items: number, seconds: number): void;
  watched(kind: string): void;
  heard(kind: string): void;
  failed(kind: string, reason: string): void;
}

export interface ReflectorDeps {
  client: KubeClient;
  resource: ResourceKind;
  /** Undefined: every namespace. */
  namespace: string | undefined;
  /** Only objects with these labels, as the API server takes it. Undefined: all. */
  labelSelector?: string | undefined;
  cache: ObjectCache;
  /** Names, labels, owners and versions only: for kinds whose content is large or secret. */
  metadataOnly: boolean;
  metrics: ReflectorMetrics;
  /** Told once for each new failure; undefined when everything is well again. */
  onState: (failure: ClusterError | undefined) => void;
  random?: () => number;
  idleMs?: number;
}

export interface Reflector {
  /** Whether the first list has been read. */
  isSynced(): boolean;
  stop(): Promise<void>;
}

/** Bookmarks come about once a minute; this long without anything is a dead connection. */
const defaultIdleMs = 120_000;

/** Keeps a cache as the server is, for ever: list, watch, and start again whatever happens. */
export const startReflector = (deps: ReflectorDeps): Reflector => {
  const stopping = new AbortController();
  const state = { version: undefined as string | undefined, isSynced: false };
  const random = deps.random ?? Math.random;
  // Lists are the expensive part: one a second at most, however the server misbehaves.
  const lists = createBackoff({ baseMs: 1_000, maxMs: 30_000, random });
  const watches = createBackoff({ baseMs: 800, maxMs: 30_000, random });
  const run = loop({ ...deps, random }, { signal: stopping.signal, state, lists, watches });
  return {
    isSynced: () => state.isSynced,
    stop: async () => {
      stopping.abort();
      await run;
    },
  };
};

interface Run {
  signal: AbortSignal;
  state: { version: string | undefined; isSynced: boolean };
  lists: Backoff;
  watches: Backoff;
}

type Deps = ReflectorDeps & { random: () => number };

const loop = async (deps: Deps, run: Run): Promise<void> => {
  const { signal, state, lists, watches } = run;
  while (!signal.aborted) {
    try {
      if (state.version === undefined) {
        await lists.wait(signal);
        state.version = await namingKind(deps.resource.kind, listAll(deps, signal));
        state.isSynced = true;
        deps.onState(undefined);
      }
      await watches.wait(signal);
      await watchOnce(deps, run);
    } catch (error) {
      if (isAborted(signal)) return;
      report(deps, error);
      // Whatever was missed meanwhile is in the next list.
      if (error instanceof ExpiredError) state.version = undefined;
    }
  }
};

/** Read anew: it changes while something is awaited, which a narrowed property would hide. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const report = ({ resource, metrics, onState }: Deps, error: unknown): void => {
  if (error instanceof ExpiredError) {
    metrics.failed(resource.kind, "Expired");
    return;
  }
  const failure = error instanceof ClusterError ? error : toFailure(error);
  metrics.failed(resource.kind, failure.reason);
  onState(failure);
};

const toFailure = (error: unknown): ClusterError => {
  const why = error instanceof Error ? error.message : "unknown";
  return new ClusterError("Unavailable", `the watch failed: ${why}`);
};

const listAll = async (deps: Deps, signal: AbortSignal): Promise<string> => {
  const { client, resource, namespace, cache, metadataOnly, metrics } = deps;
  const began = performance.now();
  const { version, items } = await listPages(client, {
    path: collectionPath(resource, namespace),
    ...(deps.labelSelector === undefined ? {} : { query: { labelSelector: deps.labelSelector } }),
    ...(metadataOnly ? { accept: partial("PartialObjectMetadataList") } : {}),
    signal,
    // The loop is what tries again, at its own pace.
    attempts: 1,
  });
  const inScope = (of: string): boolean => namespace === undefined || of === namespace;
  cache.replace(
    items.map((item) => trim(item, resource)),
    version,
    inScope,
  );
  metrics.listed(resource.kind, items.length, (performance.now() - began) / 1000);
  return version;
};

/** One watch, until the server ends it, nothing is heard for too long, or it fails. */
const watchOnce = async (deps: Deps, { signal, state, watches }: Run): Promise<void> => {
  const { client, resource, namespace, metadataOnly, metrics, random } = deps;
  const watchdog = idleWatchdog(deps.idleMs ?? defaultIdleMs, signal);
  metrics.watched(resource.kind);
  try {
    const lines = client.stream({
      path: collectionPath(resource, namespace),
      query: {
        watch: "1",
        allowWatchBookmarks: "true",
        resourceVersion: state.version ?? "0",
        labelSelector: deps.labelSelector,
        // Different ends, so that not all watches come back at the same moment.
        timeoutSeconds: String(Math.round(300 + 300 * random())),
      },
      ...(metadataOnly ? { accept: partial("PartialObjectMetadata") } : {}),
      signal: watchdog.signal,
    });
    for await (const line of lines) {
      watchdog.heard();
      metrics.heard(resource.kind);
      state.version = take(deps, line) ?? state.version;
      deps.onState(undefined);
      watches.succeeded();
    }
  } catch (error) {
    if (!watchdog.isIdle()) throw error;
    throw new ClusterError("Unavailable", "nothing was heard from the watch for too long");
  } finally {
    watchdog.stop();
  }
};

/** Takes one event in. Answers the version that the cache is of now. */
const take = ({ cache, resource }: Deps, line: string): string | undefined => {
  const { type, object } = parseWatchLine(line);
  if (type !== "BOOKMARK") {
    const trimmed = trim(object, resource);
    if (type === "DELETED") cache.remove(trimmed);
    else cache.put(trimmed);
  }
  return object.metadata.resourceVersion;
};

const partial = (as: string): string => `application/json;as=${as};g=meta.k8s.io;v=v1`;
