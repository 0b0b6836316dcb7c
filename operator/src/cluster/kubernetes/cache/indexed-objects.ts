import { labels } from "../../../api/names.ts";
import type { KubeObject } from "../../../api/objects.ts";
import type { ListOptions } from "../../port.ts";
import { createIndex } from "./key-index.ts";
import { createPacker, unpack, type Packed } from "./packed-objects.ts";

/** What is asked of an object all the time, beside the object itself. */
export interface Head {
  readonly uid: string;
  readonly resourceVersion: string | undefined;
}

/**
 * Objects by key, with the two questions that are asked all the time answered by an index. What is
 * handed out is a copy: here they are packed.
 */
export interface IndexedObjects {
  head(key: string): Head | undefined;
  get(key: string): KubeObject | undefined;
  set(key: string, object: KubeObject): void;
  delete(key: string): void;
  keys(): string[];
  size(): number;
  /** All that can match, and maybe more. */
  candidates(options: ListOptions): KubeObject[];
}

interface Entry extends Head {
  /** As JSON while it is new. */
  packed: Packed | string;
  readonly owners: readonly string[] | undefined;
  readonly instance: string | undefined;
}

/**
 * What is written changes soon again, most often: packing waits until so many others of the kind were
 * written. As texts they take a megabyte of a kind; of a start with a thousand they are some 15 seconds.
 */
const freshMax = 256;

export const createIndexedObjects = (): IndexedObjects => {
  const objects = new Map<string, Entry>();
  const packer = createPacker();
  const fresh = new Set<string>();
  const byOwner = createIndex();
  const byInstance = createIndex();

  const remove = (key: string): void => {
    const before = objects.get(key);
    if (before === undefined) return;
    for (const owner of before.owners ?? []) byOwner.delete(key, owner);
    if (before.instance !== undefined) byInstance.delete(key, before.instance);
    objects.delete(key);
    fresh.delete(key);
  };
  const packOldest = (): void => {
    const [oldest] = fresh;
    if (oldest === undefined || fresh.size <= freshMax) return;
    fresh.delete(oldest);
    const entry = objects.get(oldest);
    if (typeof entry?.packed === "string") entry.packed = packer.pack(entry.packed);
  };
  const keysFor = ({ ownerUid, labelSelector }: ListOptions): Iterable<string> => {
    const instance = labelSelector?.[labels.instance];
    if (ownerUid !== undefined) return byOwner.keysOf(ownerUid);
    return instance === undefined ? objects.keys() : byInstance.keysOf(instance);
  };
  const get = (key: string): KubeObject | undefined => {
    const entry = objects.get(key);
    if (entry === undefined) return undefined;
    const { packed } = entry;
    return JSON.parse(typeof packed === "string" ? packed : unpack(packed)) as KubeObject;
  };

  return {
    head: (key) => objects.get(key),
    get,
    keys: () => [...objects.keys()],
    size: () => objects.size,
    set: (key, object) => {
      remove(key);
      const entry = entryOf(object);
      objects.set(key, entry);
      fresh.add(key);
      packOldest();
      for (const owner of entry.owners ?? []) byOwner.add(key, owner);
      if (entry.instance !== undefined) byInstance.add(key, entry.instance);
    },
    delete: remove,
    candidates: (options) =>
      [...keysFor(options)].flatMap((key) => {
        const object = get(key);
        return object === undefined ? [] : [object];
      }),
  };
};

const entryOf = (object: KubeObject): Entry => {
  const { metadata } = object;
  return {
    packed: JSON.stringify(object),
    ...{ uid: metadata.uid ?? "", resourceVersion: metadata.resourceVersion },
    owners: metadata.ownerReferences?.map(({ uid }) => uid),
    instance: metadata.labels?.[labels.instance],
  };
};
