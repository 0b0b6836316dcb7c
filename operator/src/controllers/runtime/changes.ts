import { hash } from "node:crypto";
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
      const next = digestOf(matter(object));
      if (seen.get(key) === next) return false;
      if (next === undefined) seen.delete(key);
      else seen.set(key, next);
      return true;
    },
    forget: (key) => seen.delete(key),
  };
};

/** Undefined of nothing. The server writes an object's fields in the same order each time. */
const digestOf = (matter: unknown): string | undefined =>
  matter === undefined ? undefined : hash("sha1", JSON.stringify(matter), "base64url");

const matterOf = ({ metadata }: KubeObject): unknown => {
  const { uid, generation, deletionTimestamp, labels, annotations, finalizers } = metadata;
  return { uid, generation, deletionTimestamp, labels, annotations, finalizers };
};
