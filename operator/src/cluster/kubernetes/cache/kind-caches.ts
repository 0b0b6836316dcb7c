import type { KubeObject, ObjectRef } from "../../../api/objects.ts";
import { findKind } from "../../../api/resources.ts";
import { ClusterError } from "../../errors.ts";
import type { WatchEvent } from "../../port.ts";
import type { KubeClient } from "../client/kube-client.ts";
import { resourceOf } from "../paths.ts";
import { createObjectCache, type ObjectCache } from "./object-cache.ts";
import { startReflector, type Reflector, type ReflectorMetrics } from "./reflector.ts";

export interface KindCachesDeps {
  client: KubeClient;
  /** Undefined: every namespace, which takes cluster-wide rights. */
  namespaces: readonly string[] | undefined;
  /** Kinds of which only the metadata is kept. */
  metadataOnly: ReadonlySet<string>;
  /** Of these kinds, by kind, only objects with these labels are kept. */
  labelSelectors: Readonly<Record<string, string>>;
  metrics: ReflectorMetrics;
  /** A kind cannot be listed or watched, or can be again (undefined). Told once for each change. */
  onState: (kind: string, failure: ClusterError | undefined) => void;
  onWatcherError: (error: unknown) => void;
  syncTimeoutMs?: number;
  idleMs?: number;
}

export interface KindCaches {
  /** Caches these kinds from now on; optional ones from when they are served. */
  want(kinds: readonly string[]): void;
  /** These kinds are there: optional ones that are wanted are cached from now on. */
  served(kinds: Iterable<string>): void;
  /** The cache of a kind once it is complete, or undefined when the kind is not cached. */
  synced(kind: string): Promise<ObjectCache | undefined>;
  /** The same without waiting: undefined, too, while it is not complete. */
  peek(kind: string): ObjectCache | undefined;
  isMetadataOnly(kind: string): boolean;
  /** Calls back for changes of these kinds, which are wanted from now on. */
  watch(kinds: readonly string[], onEvent: (event: WatchEvent) => void): () => void;
  /** Notes the result of an own write, so that it is read back at once. */
  wrote(object: KubeObject): void;
  deleted(ref: ObjectRef, uid: string): void;
  /** Kinds that are not complete, with the reason if there is one. */
  pending(): ReadonlyMap<string, ClusterError | undefined>;
  /** Resolves when nothing is pending any more, however long that takes, or when the signal aborts. */
  complete(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  cache: ObjectCache;
  reflectors: Reflector[];
  failure: ClusterError | undefined;
  waiting: Set<() => void>;
}

interface Watcher {
  kinds: readonly string[];
  onEvent: (event: WatchEvent) => void;
}

/** As long as controller-runtime waits for a cache. */
const defaultSyncTimeoutMs = 120_000;
/** Waiting does not help here: rights have to be granted, or a definition installed, first. */
const hopeless = new Set(["Forbidden", "NotServed", "Unauthorized"]);

/** One cache for each kind that somebody watches, with the reflectors that fill it. */
export const createKindCaches = (deps: KindCachesDeps): KindCaches => {
  const entries = new Map<string, Entry>();
  const awaited = new Set<string>();
  const watchers = new Set<Watcher>();
  const notify = (event: WatchEvent): void => tell(watchers, event, deps.onWatcherError);

  const start = (kind: string): void => {
    if (entries.has(kind)) return;
    const entry: Entry = {
      cache: createObjectCache(notify),
      reflectors: [],
      failure: undefined,
      waiting: new Set(),
    };
    entries.set(kind, entry);
    entry.reflectors = startReflectors(deps, kind, entry);
  };

  const peek = (kind: string): ObjectCache | undefined => {
    const entry = entries.get(kind);
    return entry !== undefined && isSynced(entry) ? entry.cache : undefined;
  };

  const want = (kinds: readonly string[]): void => {
    for (const kind of kinds) {
      if (isOptional(kind)) awaited.add(kind);
      else start(kind);
    }
  };

  return {
    want,
    peek,
    isMetadataOnly: (kind) => deps.metadataOnly.has(kind),
    synced: async (kind) => {
      const entry = entries.get(kind);
      if (entry === undefined) return undefined;
      await untilSynced(kind, entry, deps.syncTimeoutMs ?? defaultSyncTimeoutMs);
      return entry.cache;
    },
    watch: (kinds, onEvent) => {
      want(kinds);
      const watcher = { kinds, onEvent };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    served: (kinds) => {
      for (const kind of kinds) if (awaited.has(kind)) start(kind);
    },
    wrote: (object) => peek(object.kind)?.put(object, { isOwn: true }),
    deleted: (ref, uid) => peek(ref.kind)?.bury(ref, uid),
    pending: () => pendingIn(entries),
    complete: async (signal) => {
      await Promise.all([...entries.values()].map(async (entry) => whenSynced(entry, signal)));
    },
    stop: async () => {
      watchers.clear();
      const reflectors = [...entries.values()].flatMap((entry) => entry.reflectors);
      await Promise.all(reflectors.map(async (reflector) => reflector.stop()));
    },
  };
};

const tell = (
  watchers: ReadonlySet<Watcher>,
  event: WatchEvent,
  onError: KindCachesDeps["onWatcherError"],
): void => {
  for (const { kinds, onEvent } of [...watchers]) {
    if (!kinds.includes(event.object.kind)) continue;
    try {
      onEvent(event);
    } catch (error) {
      // The watch goes on: a failing handler is not the server's doing.
      onError(error);
    }
  }
};

const startReflectors = (deps: KindCachesDeps, kind: string, entry: Entry): Reflector[] => {
  const resource = resourceOf(kind);
  const namespaces = resource.isNamespaced ? deps.namespaces : undefined;
  return (namespaces ?? [undefined]).map((namespace) =>
    startReflector({
      client: deps.client,
      metrics: deps.metrics,
      ...{ resource, namespace, cache: entry.cache, metadataOnly: deps.metadataOnly.has(kind) },
      labelSelector: deps.labelSelectors[kind],
      ...(deps.idleMs === undefined ? {} : { idleMs: deps.idleMs }),
      onState: (failure) => {
        const isNews = failure?.reason !== entry.failure?.reason;
        entry.failure = failure;
        if (isNews) deps.onState(kind, failure);
        for (const wake of [...entry.waiting]) wake();
      },
    }),
  );
};

const isSynced = (entry: Entry): boolean =>
  entry.reflectors.length > 0 && entry.reflectors.every((reflector) => reflector.isSynced());

const pendingIn = (entries: ReadonlyMap<string, Entry>): ReturnType<KindCaches["pending"]> =>
  new Map(
    [...entries]
      .filter(([, entry]) => !isSynced(entry))
      .map(([kind, { failure }]) => [kind, failure]),
  );

const isOptional = (kind: string): boolean => findKind(kind)?.isOptional ?? false;

const whenSynced = async (entry: Entry, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!isSynced(entry) && !signal.aborted) return;
      entry.waiting.delete(look);
      signal.removeEventListener("abort", look);
      resolve();
    };
    entry.waiting.add(look);
    signal.addEventListener("abort", look);
    look();
  });

const untilSynced = async (kind: string, entry: Entry, timeoutMs: number): Promise<void> => {
  if (isSynced(entry)) return;
  let timer: NodeJS.Timeout | undefined;
  let look = (): void => undefined;
  const waited = new Promise<void>((resolve, reject) => {
    look = () => {
      if (isSynced(entry)) resolve();
      else if (entry.failure !== undefined && hopeless.has(entry.failure.reason)) {
        reject(entry.failure);
      }
    };
    const late = new ClusterError("Unavailable", `${kind} could not be listed in time`);
    timer = setTimeout(() => reject(entry.failure ?? late), timeoutMs);
    entry.waiting.add(look);
    look();
  });
  try {
    await waited;
  } finally {
    clearTimeout(timer);
    entry.waiting.delete(look);
  }
};
