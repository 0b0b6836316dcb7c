import { isOwnedBy, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import { isClusterError, type ClusterError } from "../errors.ts";
import type { Cluster, ListOptions } from "../port.ts";
import { createKindCaches, type KindCaches } from "./cache/kind-caches.ts";
import { listPages } from "./cache/list-pages.ts";
import { trim } from "./cache/trim.ts";
import type { ClusterAccess } from "./client/access.ts";
import { createConnection } from "./client/connection.ts";
import { createKubeClient, type KubeClient } from "./client/kube-client.ts";
import { createDiscovery } from "./discovery.ts";
import type { KubeMetrics } from "./metrics.ts";
import { collectionPath, namingKind, objectPath, resourceOf } from "./paths.ts";
import { createAppliedMemo } from "./write/applied-memo.ts";
import { applyObject } from "./write/apply.ts";
import { deleteObject } from "./write/delete.ts";
import { setFinalizer } from "./write/finalizer.ts";
import { guardWrites, noGuard, type WriteGuard } from "./write/guard.ts";
import { writeStatus } from "./write/status.ts";

export interface KubernetesClusterDeps {
  access: ClusterAccess;
  metrics: KubeMetrics;
  /** Undefined: every namespace, which takes cluster-wide rights. */
  namespaces?: readonly string[];
  /**
   * Kinds to cache from the start; others when they are first watched. Optional ones of both only
   * once `serves` has found them.
   */
  cached?: readonly string[];
  /** Of these, content is read from the server when it is asked for, and not kept. */
  metadataOnly?: readonly string[];
  /**
   * Kinds of which only objects with these labels are anything to us: where they are cached, the others
   * do not exist. The rest of a cluster's pods would be most of what is kept.
   */
  labelSelectors?: Readonly<Record<string, string>>;
  /** Made from the cluster's own client, which it may ask whose the lease is. */
  guard?: (client: KubeClient) => WriteGuard;
  onState?: (kind: string, failure: ClusterError | undefined) => void;
  onWatcherError: (error: unknown) => void;
  syncTimeoutMs?: number;
  idleMs?: number;
}

export interface KubernetesCluster extends Cluster {
  client: KubeClient;
  /** Kinds whose first list is not read yet, with what keeps it. Empty: ready to work. */
  pending(): ReadonlyMap<string, ClusterError | undefined>;
  /** Resolves when nothing is pending, or when the signal aborts. Never rejects. */
  complete(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The Cluster port over a Kubernetes API server. Cached kinds are read here, others there. */
export const createKubernetesCluster = (deps: KubernetesClusterDeps): KubernetesCluster => {
  const connection = createConnection(deps.access);
  const client = createKubeClient({ connection, metrics: deps.metrics.client });
  const caches = createKindCaches({
    client,
    namespaces: deps.namespaces,
    metadataOnly: new Set(deps.metadataOnly),
    labelSelectors: deps.labelSelectors ?? {},
    metrics: deps.metrics.reflector,
    onState: deps.onState ?? (() => undefined),
    onWatcherError: deps.onWatcherError,
    ...(deps.syncTimeoutMs === undefined ? {} : { syncTimeoutMs: deps.syncTimeoutMs }),
    ...(deps.idleMs === undefined ? {} : { idleMs: deps.idleMs }),
  });
  caches.want(deps.cached ?? []);
  const discover = createDiscovery(client);
  const guard = deps.guard?.(client) ?? noGuard;
  const writer = {
    client: guardWrites(client, guard),
    caches,
    guard,
    memo: createAppliedMemo(),
  };
  return {
    client,
    get: async (ref) => namingKind(ref.kind, getObject(client, caches, ref)),
    list: async (kind, options) =>
      namingKind(kind, listObjects(client, caches, { kind, ...options })),
    apply: async (object, options) => namingKind(object.kind, applyObject(writer, object, options)),
    writeStatus: async (ref, status, resourceVersion) =>
      namingKind(ref.kind, writeStatus(writer, { ref, status, resourceVersion })),
    setFinalizer: async (ref, finalizer, present) =>
      namingKind(ref.kind, setFinalizer(writer, ref, { finalizer, present })),
    delete: async (ref, options) => namingKind(ref.kind, deleteObject(writer, ref, options)),
    watch: caches.watch,
    serves: async (kinds) => {
      const served = await discover(kinds);
      caches.served(served);
      return served;
    },
    pending: caches.pending,
    complete: caches.complete,
    close: async () => {
      await caches.stop();
      await client.close();
    },
  };
};

const getObject = async (
  client: KubeClient,
  caches: KindCaches,
  ref: ObjectRef,
): Promise<KubeObject | undefined> => {
  const resource = resourceOf(ref.kind);
  const path = objectPath(resource, ref);
  const cache = await caches.synced(ref.kind);
  const cached = cache?.get(ref);
  if (cache !== undefined && (cached === undefined || !caches.isMetadataOnly(ref.kind))) {
    return cached;
  }
  try {
    return trim((await client.send({ method: "GET", path })) as KubeObject, resource);
  } catch (error) {
    if (isClusterError(error, "NotFound")) return undefined;
    throw error;
  }
};

const listObjects = async (
  client: KubeClient,
  caches: KindCaches,
  { kind, ...options }: ListOptions & { kind: string },
): Promise<KubeObject[]> => {
  const resource = resourceOf(kind);
  const cache = caches.isMetadataOnly(kind) ? undefined : await caches.synced(kind);
  if (cache !== undefined) return cache.list(options);
  const { namespace, labelSelector = {}, ownerUid } = options;
  const selector = Object.entries(labelSelector)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const { items } = await listPages(client, {
    path: collectionPath(resource, namespace),
    query: selector === "" ? {} : { labelSelector: selector },
  });
  return items
    .map((item) => trim(item, resource))
    .filter((object) => ownerUid === undefined || isOwnedBy(object, ownerUid));
};
