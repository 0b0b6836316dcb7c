import type { KubeObject, ObjectRef } from "../../api/objects.ts";
import type { WatchEvent } from "../../cluster/port.ts";
import type { ReconcileSpan } from "./tracing.ts";
import type { Priority } from "./waiting-list.ts";
import type { WorkResult } from "./work-queue.ts";

export type { WorkResult };

/** What a reconcile knows besides the name of its object. */
export interface Work {
  span: ReconcileSpan;
  /** Set while the object is woken far too often: what wakes it. */
  storm: string | undefined;
}

export interface Watched {
  kind: string;
  /** Which objects a change concerns. */
  concerns: (event: WatchEvent) => ObjectRef[];
  /** Everything a reconcile looks at: where it stays the same nobody is woken. All when left out. */
  matter?: (object: KubeObject) => unknown;
  /** A plan is carried out in one go: what it wrote is no reason to look again. */
  ignoresOwn?: boolean;
}

/** Everything about one kind of object. Which event woke it is nothing a reconcile is told. */
export interface Controller {
  /** The kind it reconciles. */
  kind: string;
  /** Kinds whose changes concern its objects. */
  watches?: readonly Watched[];
  /** Looks at one object and does what is due. Its own status writes do not wake it again. */
  reconcile(ref: ObjectRef, work: Work): Promise<WorkResult>;
  /** The object is gone. */
  forget?(object: KubeObject): void;
}

/** Looks at an object again for a reason outside of the cluster: a queue, a timer, a peer. */
export type Enqueue = (ref: ObjectRef, priority?: Priority) => void;
