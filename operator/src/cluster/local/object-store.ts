import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isOwnedBy, refKey, refOf, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import { ClusterError } from "../errors.ts";
import type { DeleteOptions, ListOptions, WatchEvent } from "../port.ts";
import { sameContent } from "./apply-fields.ts";
import { checkMetadata } from "./metadata.ts";
import type { ObjectFiles } from "./object-files.ts";
import type { ObjectSchema } from "./schema/crd-schema.ts";

export interface ObjectStoreDeps {
  files: ObjectFiles;
  schemas: ReadonlyMap<string, ObjectSchema>;
  now: () => Date;
  /** A watcher's failure is its own: the write that it was told of has happened. */
  onWatcherError: (error: unknown) => void;
}

export interface ObjectStore {
  get(ref: ObjectRef): KubeObject | undefined;
  list(kind: string, options?: ListOptions): KubeObject[];
  /**
   * Creates or replaces everything but status and what the store itself keeps in metadata. A dry run
   * answers what the object would be.
   */
  put(
    object: KubeObject,
    current: KubeObject | undefined,
    options?: { dryRun?: boolean },
  ): KubeObject;
  putStatus(ref: ObjectRef, status: unknown, resourceVersion?: string): KubeObject;
  delete(ref: ObjectRef, options?: DeleteOptions): boolean;
  setFinalizer(ref: ObjectRef, finalizer: string, present: boolean): void;
  watch(kinds: readonly string[], onEvent: (event: WatchEvent) => void): () => void;
  resourceVersion(): string;
  /** Deletes what has only owners that are gone. Called once at start. */
  collectOrphans(): void;
}

/** The objects in memory, each written to its file before a change is visible. */
export const createObjectStore = (deps: ObjectStoreDeps): ObjectStore => {
  const objects = new Map<string, KubeObject>();
  const watchers = new Set<(event: WatchEvent) => void>();
  for (const object of deps.files.readAll()) objects.set(refKey(refOf(object)), object);
  let version = Math.max(
    deps.files.readVersion(),
    ...[...objects.values()].map((object) => Number(object.metadata.resourceVersion ?? 0)),
  );

  const notify = (event: WatchEvent): void => {
    for (const watcher of [...watchers]) {
      try {
        watcher(structuredClone(event));
      } catch (error) {
        deps.onWatcherError(error);
      }
    }
  };

  const commit = (next: KubeObject, current: KubeObject | undefined): KubeObject => {
    // A write that changes nothing is not a write: this is what keeps a system at rest quiet.
    if (current !== undefined && sameContent(next, current)) return structuredClone(current);
    version += 1;
    next.metadata.resourceVersion = String(version);
    deps.files.write(next);
    objects.set(refKey(refOf(next)), next);
    notify({ type: current === undefined ? "ADDED" : "MODIFIED", object: next });
    return structuredClone(next);
  };

  const remove = (object: KubeObject): void => {
    version += 1;
    deps.files.writeVersion(version);
    deps.files.remove(refOf(object));
    objects.delete(refKey(refOf(object)));
    object.metadata.resourceVersion = String(version);
    notify({ type: "DELETED", object });
    collect(object.metadata.uid);
  };

  const collect = (ownerUid: string | undefined): void => {
    for (const object of [...objects.values()]) {
      const owners = object.metadata.ownerReferences ?? [];
      const wasOwned = ownerUid === undefined || owners.some((owner) => owner.uid === ownerUid);
      if (owners.length === 0 || !wasOwned || owners.some(isAlive)) continue;
      deleteObject(refOf(object));
    }
  };

  const isAlive = (owner: { uid: string }): boolean =>
    [...objects.values()].some((object) => object.metadata.uid === owner.uid);

  /** Takes the owner out of what it owns, so that those stay when it goes. */
  const disown = (ownerUid: string | undefined): void => {
    for (const current of [...objects.values()]) {
      const owners = current.metadata.ownerReferences ?? [];
      const others = owners.filter((owner) => owner.uid !== ownerUid);
      if (others.length === owners.length) continue;
      const next = structuredClone(current);
      next.metadata.ownerReferences = others;
      commit(next, current);
    }
  };

  const deleteObject = (ref: ObjectRef, options: DeleteOptions = {}): boolean => {
    const current = objects.get(refKey(ref));
    if (current === undefined) return false;
    checkPreconditions(current, options);
    if (options.propagation === "Orphan") disown(current.metadata.uid);
    if ((current.metadata.finalizers ?? []).length === 0) {
      remove(current);
    } else if (current.metadata.deletionTimestamp === undefined) {
      const next = structuredClone(current);
      next.metadata.deletionTimestamp = deps.now().toISOString();
      commit(next, current);
    }
    return true;
  };

  const existing = (ref: ObjectRef): KubeObject => {
    const current = objects.get(refKey(ref));
    if (current === undefined) {
      throw new ClusterError("NotFound", `${ref.kind} "${ref.name}" not found`);
    }
    return current;
  };

  return {
    get: (ref) => structuredClone(objects.get(refKey(ref))),
    list: (kind, options = {}) =>
      structuredClone([...objects.values()].filter((object) => matches(object, kind, options))),
    put: (object, current, { dryRun = false } = {}) => {
      checkMetadata(object);
      checkVersion(current, object.metadata.resourceVersion);
      const next = withStoreMetadata(object, current, deps.now());
      deps.schemas.get(next.kind)?.admit(next, current);
      const counted = withGeneration(next, current);
      return dryRun ? structuredClone(counted) : commit(counted, current);
    },
    putStatus: (ref, status, resourceVersion) => {
      const current = existing(ref);
      checkVersion(current, resourceVersion);
      const next = { ...structuredClone(current), status: structuredClone(status) };
      deps.schemas.get(next.kind)?.admit(next, current);
      return commit(next, current);
    },
    delete: deleteObject,
    setFinalizer: (ref, finalizer, present) => {
      const current = existing(ref);
      const others = (current.metadata.finalizers ?? []).filter((name) => name !== finalizer);
      const next = structuredClone(current);
      next.metadata.finalizers = present ? [...others, finalizer] : others;
      const isLast = next.metadata.finalizers.length === 0;
      if (isLast && next.metadata.deletionTimestamp !== undefined) remove(next);
      else commit(next, current);
    },
    watch: (kinds, onEvent) => {
      const watcher = (event: WatchEvent): void => {
        if (kinds.includes(event.object.kind)) onEvent(event);
      };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    resourceVersion: () => String(version),
    collectOrphans: () => collect(undefined),
  };
};

const matches = (object: KubeObject, kind: string, options: ListOptions): boolean =>
  object.kind === kind &&
  (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
  (options.ownerUid === undefined || isOwnedBy(object, options.ownerUid)) &&
  Object.entries(options.labelSelector ?? {}).every(
    ([name, value]) => object.metadata.labels?.[name] === value,
  );

const checkPreconditions = (current: KubeObject, { uid, resourceVersion }: DeleteOptions): void => {
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw new ClusterError("Conflict", "the object of that name is another one by now");
  }
  checkVersion(current, resourceVersion);
};

const checkVersion = (current: KubeObject | undefined, wanted: string | undefined): void => {
  if (wanted === undefined || wanted === "") return;
  if (current === undefined) throw new ClusterError("NotFound", "the object is gone");
  if (current.metadata.resourceVersion === wanted) return;
  throw new ClusterError(
    "Conflict",
    `the object has changed (now at version ${current.metadata.resourceVersion ?? "?"}): read it again`,
  );
};

/** Identity, times and finalizers are the store's to keep; what a writer sends for them is ignored. */
const withStoreMetadata = (
  object: KubeObject,
  current: KubeObject | undefined,
  now: Date,
): KubeObject => {
  const { name, namespace, labels, annotations, ownerReferences, managedFields } = object.metadata;
  const kept = current?.metadata;
  const content = { ...structuredClone(object), status: undefined };
  const metadata = {
    name,
    namespace,
    uid: kept?.uid ?? randomUUID(),
    resourceVersion: kept?.resourceVersion,
    generation: kept?.generation ?? 1,
    creationTimestamp: kept?.creationTimestamp ?? now.toISOString(),
    deletionTimestamp: kept?.deletionTimestamp,
    labels,
    annotations,
    finalizers: kept === undefined ? object.metadata.finalizers : kept.finalizers,
    ownerReferences,
    managedFields: managedFields ?? kept?.managedFields,
  };
  const next = { ...content, metadata } as KubeObject;
  if (current?.status !== undefined) next.status = current.status;
  // Through JSON, so that a field set to undefined and an absent field are the same thing.
  return JSON.parse(JSON.stringify(next)) as KubeObject;
};

/** The generation counts changes of what was asked for: anything but metadata and status. */
const withGeneration = (next: KubeObject, current: KubeObject | undefined): KubeObject => {
  if (current === undefined) return next;
  const strip = (object: KubeObject): unknown => ({
    ...object,
    metadata: undefined,
    status: undefined,
  });
  if (!isDeepStrictEqual(strip(next), strip(current))) {
    next.metadata.generation = (current.metadata.generation ?? 0) + 1;
  }
  return next;
};
