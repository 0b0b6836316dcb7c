import { labels } from "../../../api/names.ts";
import type { KubeObject } from "../../../api/objects.ts";
import type { ListOptions } from "../../port.ts";
import { createIndex } from "./key-index.ts";

/** Objects by key, with the two questions that are asked all the time answered by an index. */
export interface IndexedObjects {
  get(key: string): KubeObject | undefined;
  set(key: string, object: KubeObject): void;
  delete(key: string): void;
  size(): number;
  /** All that can match, and maybe more. */
  candidates(options: ListOptions): KubeObject[];
}

export const createIndexedObjects = (): IndexedObjects => {
  const objects = new Map<string, KubeObject>();
  const byOwner = createIndex((object) => object.metadata.ownerReferences?.map(({ uid }) => uid));
  const byInstance = createIndex(({ metadata }) => {
    const instance = metadata.labels?.[labels.instance];
    return instance === undefined ? undefined : [instance];
  });

  const remove = (key: string): void => {
    const before = objects.get(key);
    if (before === undefined) return;
    byOwner.delete(key, before);
    byInstance.delete(key, before);
    objects.delete(key);
  };
  const keysFor = ({ ownerUid, labelSelector }: ListOptions): Iterable<string> => {
    const instance = labelSelector?.[labels.instance];
    if (ownerUid !== undefined) return byOwner.keysOf(ownerUid);
    return instance === undefined ? objects.keys() : byInstance.keysOf(instance);
  };

  return {
    get: (key) => objects.get(key),
    size: () => objects.size,
    set: (key, object) => {
      remove(key);
      objects.set(key, object);
      byOwner.add(key, object);
      byInstance.add(key, object);
    },
    delete: remove,
    candidates: (options) =>
      [...keysFor(options)].flatMap((key) => {
        const object = objects.get(key);
        return object === undefined ? [] : [object];
      }),
  };
};
