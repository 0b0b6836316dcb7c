import type { KubeObject, ObjectRef } from "../api/objects.ts";

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeObject;
  /** The answer to a write of this process: whoever wrote it knows it. */
  isOwn?: boolean;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: Record<string, string>;
  /** Only objects with an owner reference to this uid. */
  ownerUid?: string;
}

export interface ApplyOptions {
  fieldManager: string;
  /**
   * Takes over fields that other managers set to something else. Without it that is a Conflict
   * whose causes name the fields. True when left out: a controller owns what it sets.
   */
  force?: boolean;
  /** Everything but the write: answers what the object would be, with admission and defaults. */
  dryRun?: boolean;
}

export interface DeleteOptions {
  /** Conflict when the object of that name is another one by now. */
  uid?: string;
  /** Conflict when the object has changed since. */
  resourceVersion?: string;
  /** What happens to the objects it owns. Background when left out. */
  propagation?: "Background" | "Foreground" | "Orphan";
}

/**
 * What controllers need from a cluster. The local runtime and the Kubernetes adapter implement it
 * and pass the same tests (testing/cluster-contract.ts). Objects handed out are copies: changing
 * one changes nothing. Refusals are ClusterErrors.
 */
export interface Cluster {
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  list(kind: string, options?: ListOptions): Promise<KubeObject[]>;
  /**
   * Server-side apply: creates or updates, and removes fields this manager no longer sets. Conflict
   * when the object carries a resourceVersion that is no longer current. Writes nothing when nothing
   * would change.
   */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** Replaces the whole status. Fails with Conflict when resourceVersion is set and stale. */
  writeStatus(ref: ObjectRef, status: unknown, resourceVersion?: string): Promise<KubeObject>;
  /** Adds or removes one finalizer; removing the last one of a deleted object removes the object. */
  setFinalizer(ref: ObjectRef, finalizer: string, present: boolean): Promise<void>;
  /** Marks for deletion, or removes at once when no finalizer holds it. False when absent. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
  /**
   * Calls back for every later change of the kinds, own writes included, once for each version. All
   * who watch get the same object: nobody changes it.
   * Returns the function that stops it.
   */
  watch(kinds: readonly string[], onEvent: (event: WatchEvent) => void): () => void;
  /** Which of the kinds this cluster has at the moment. A definition applied later adds to them. */
  serves(kinds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Something a person who looks at an object should know. No secrets, texts or phone numbers. */
export interface ClusterEvent {
  type: "Normal" | "Warning";
  /** Why, in CamelCase: one of a closed set. */
  reason: string;
  /** What was done or tried, in CamelCase. */
  action: string;
  message: string;
}

/** Records events about objects. Never fails and never blocks: an event may be lost, work may not. */
export interface EventRecorder {
  record(about: KubeObject, event: ClusterEvent): void;
}
