import { digestOf } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";

/**
 * Remembers what of an object matters to its controller, so that a controller's own status write
 * does not wake it: what was asked for, deletion, labels, annotations and finalizers.
 */
export interface ChangeFilter {
  /** Whether the object differs in what matters from when it was seen last. */
  isNews(key: string, object: KubeObject): boolean;
  forget(key: string): void;
}

export const createChangeFilter = (
  matter: (object: KubeObject) => unknown = matterOf,
): ChangeFilter => {
  const seen = new Map<string, string>();
  return {
    isNews: (key, object) => {
      const next = digestOfMatter(matter(object));
      if (seen.get(key) === next) return false;
      if (next === undefined) seen.delete(key);
      else seen.set(key, next);
      return true;
    },
    forget: (key) => seen.delete(key),
  };
};

/** Undefined of nothing. The server writes an object's fields in the same order each time. */
const digestOfMatter = (matter: unknown): string | undefined =>
  matter === undefined ? undefined : digestOf(JSON.stringify(matter));

const matterOf = ({ metadata }: KubeObject): unknown => {
  const { uid, generation, deletionTimestamp, labels, annotations, finalizers } = metadata;
  return { uid, generation, deletionTimestamp, labels, annotations, finalizers };
};
