import type { KubeObject, ObjectRef } from "../../../api/objects.ts";
import type { ListOptions, WatchEvent } from "../../port.ts";
import { createIndexedObjects, type Head } from "./indexed-objects.ts";
import { compareVersions } from "./resource-version.ts";

/** The objects of one kind as they are known here. What it hands out are copies. */
export interface ObjectCache {
  /** Uid and version only, which costs next to nothing. */
  head(ref: Omit<ObjectRef, "kind">): Head | undefined;
  get(ref: Omit<ObjectRef, "kind">): KubeObject | undefined;
  list(options: ListOptions): KubeObject[];
  size(): number;
  /** A version of an object, from the watch or from an own write. Older ones are ignored. */
  put(object: KubeObject, origin?: { isOwn: boolean }): void;
  /** The end of an object. */
  remove(object: KubeObject): void;
  /** An own deletion succeeded: later news of this uid, still on their way, are old. */
  bury(ref: Omit<ObjectRef, "kind">, uid: string): void;
  /** Everything there is in some namespaces as of a version; what is newer here stays. */
  replace(
    objects: readonly KubeObject[],
    version: string,
    inScope: (namespace: string) => boolean,
  ): void;
}

const keyOf = ({ namespace, name }: Omit<ObjectRef, "kind">): string => `${namespace}/${name}`;

const namespaceIn = (key: string): string => key.slice(0, key.indexOf("/"));

/** `onChange` hears of each version once, whichever way it came. */
export const createObjectCache = (onChange: (event: WatchEvent) => void): ObjectCache => {
  const objects = createIndexedObjects();
  const ended = createEndedUids();

  const put = (object: KubeObject, { isOwn } = { isOwn: false }): void => {
    const tell = (type: "ADDED" | "MODIFIED"): void =>
      onChange({ type, object, ...(isOwn ? { isOwn } : {}) });
    const key = keyOf(object.metadata);
    const { uid = "", resourceVersion } = object.metadata;
    // The answer to an own write may come after the watch has told of the end.
    if (ended.has(uid)) return;
    const before = objects.head(key);
    if (before === undefined) {
      objects.set(key, object);
      tell("ADDED");
    } else if (compareVersions(resourceVersion, before.resourceVersion) > 0) {
      // The one of that name was deleted and made again between two looks.
      const isSame = before.uid === uid;
      const last = isSame ? undefined : objects.get(key);
      if (last !== undefined) onChange({ type: "DELETED", object: last });
      objects.set(key, object);
      tell(isSame ? "MODIFIED" : "ADDED");
    }
  };

  const drop = (key: string, last = objects.get(key)): void => {
    if (last === undefined) return;
    ended.add(last.metadata.uid ?? "");
    objects.delete(key);
    onChange({ type: "DELETED", object: last });
  };

  return {
    head: (ref) => objects.head(keyOf(ref)),
    get: (ref) => objects.get(keyOf(ref)),
    size: () => objects.size(),
    list: (options) => objects.candidates(options).filter((object) => matches(object, options)),
    put,
    remove: (object) => {
      const key = keyOf(object.metadata);
      if (objects.head(key)?.uid === object.metadata.uid) drop(key, object);
      else ended.add(object.metadata.uid ?? "");
    },
    bury: (ref, uid) => {
      const key = keyOf(ref);
      if (objects.head(key)?.uid === uid) drop(key);
    },
    replace: (listed, version, inScope) => {
      const present = new Set(listed.map((object) => keyOf(object.metadata)));
      for (const key of objects.keys()) {
        const isNewer = compareVersions(objects.head(key)?.resourceVersion, version) > 0;
        if (!present.has(key) && !isNewer && inScope(namespaceIn(key))) drop(key);
      }
      for (const object of listed) put(object);
    },
  };
};

/** News of an object that has ended are on their way for seconds; this is hours of deletions. */
const endedMax = 10_000;

const createEndedUids = (): { has(uid: string): boolean; add(uid: string): void } => {
  const uids = new Set<string>();
  return {
    has: (uid) => uids.has(uid),
    add: (uid) => {
      uids.add(uid);
      const oldest = uids.values().next();
      if (uids.size > endedMax && oldest.done !== true) uids.delete(oldest.value);
    },
  };
};

const matches = ({ metadata }: KubeObject, options: ListOptions): boolean =>
  (options.namespace === undefined || metadata.namespace === options.namespace) &&
  Object.entries(options.labelSelector ?? {}).every(
    ([name, value]) => metadata.labels?.[name] === value,
  );
