import type { KubeObject, ObjectRef } from "../api/objects.ts";

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeObject;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: Record<string, string>;
}

/**
 * What controllers need from a cluster. Implemented by the local runtime; a Kubernetes adapter has
 * to pass the same tests. Objects handed out are copies: changing one changes nothing.
 */
export interface Cluster {
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  list(kind: string, options?: ListOptions): Promise<KubeObject[]>;
  /** Server-side apply: creates or updates, and removes fields this manager no longer sets. */
  apply(object: KubeObject, options: { fieldManager: string }): Promise<KubeObject>;
  /** Replaces the whole status. Fails with Conflict when resourceVersion is set and stale. */
  writeStatus(ref: ObjectRef, status: unknown, resourceVersion?: string): Promise<KubeObject>;
  /** Adds or removes one finalizer; removing the last one of a deleted object removes the object. */
  setFinalizer(ref: ObjectRef, finalizer: string, present: boolean): Promise<void>;
  /** Marks for deletion, or removes at once when no finalizer holds it. False when absent. */
  delete(ref: ObjectRef): Promise<boolean>;
  /** Calls back for every later change of the kinds. Returns the function that stops it. */
  watch(kinds: readonly string[], onEvent: (event: WatchEvent) => void): () => void;
}
