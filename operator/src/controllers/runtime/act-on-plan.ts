import { isDeepStrictEqual } from "node:util";
import { refKey, refOf, type KubeObject } from "../../api/objects.ts";
import { ClusterError, isClusterError } from "../../cluster/errors.ts";
import type { Cluster, EventRecorder } from "../../cluster/port.ts";
import { scaleFieldManager } from "../../desired/scaling/replicas.ts";
import type { Applier } from "./apply-object.ts";
import { recordTransitions } from "./record-transitions.ts";

export interface Plan<Status> {
  /** In this order: what refers to something comes after it. */
  apply: readonly KubeObject[];
  prune: readonly KubeObject[];
  /** A Deployment's replicas alone, for the scale field manager. */
  replicas?: KubeObject | undefined;
  status: Status;
}

export interface ActDeps {
  cluster: Cluster;
  applier: Applier;
  events: EventRecorder;
}

export interface Acted {
  /** Objects that were created, changed or deleted. */
  changes: number;
}

/**
 * Carries out a plan: apply in order, prune, then one status write. When the cluster refuses
 * something, the rest of the plan waits, the status says what and why, and the error is thrown
 * after that.
 */
export const actOnPlan = async <Status>(
  deps: ActDeps,
  input: {
    owner: KubeObject;
    plan: Plan<Status>;
    /** What there is, to leave alone what is right already. */
    observed: readonly KubeObject[];
    /** The status may wait for what comes next, unless something is refused. */
    isQuiet?: boolean;
    /** The status when something was refused. */
    statusAfter: (status: Status, refused: Refusal) => Status;
  },
): Promise<Acted> => {
  const { owner, plan, observed, statusAfter } = input;
  const present = new Map(observed.map((object) => [refKey(refOf(object)), object]));
  const acted = { changes: 0 };
  try {
    for (const { object, isReplicas } of applyOrder(plan, present)) {
      const sent = await atObject(object, async () =>
        isReplicas
          ? applyReplicas(deps.cluster, object)
          : deps.applier.apply(object, present.get(refKey(refOf(object)))),
      );
      if (sent) acted.changes += 1;
    }
    for (const object of plan.prune) {
      if (await atObject(object, async () => pruneObject(deps.cluster, object))) acted.changes += 1;
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await say(deps, owner, statusAfter(plan.status, error));
    throw error.cause;
  }
  if (input.isQuiet !== true) await say(deps, owner, plan.status);
  return acted;
};

/**
 * Replicas come before everything else where the Deployment is there already: what only its own
 * manager had set, and leaves out now, would fall back to 1.
 */
const applyOrder = (
  { apply, replicas }: Pick<Plan<unknown>, "apply" | "replicas">,
  present: ReadonlyMap<string, KubeObject>,
): { object: KubeObject; isReplicas: boolean }[] => {
  const objects = apply.map((object) => ({ object, isReplicas: false }));
  if (replicas === undefined) return objects;
  const scale = { object: replicas, isReplicas: true };
  return present.has(refKey(refOf(replicas))) ? [scale, ...objects] : [...objects, scale];
};

const applyReplicas = async (cluster: Cluster, replicas: KubeObject): Promise<boolean> => {
  await cluster.apply(replicas, { fieldManager: scaleFieldManager });
  return true;
};

const say = async (deps: ActDeps, owner: KubeObject, status: unknown): Promise<void> => {
  if (await writeStatus(deps.cluster, owner, status)) recordTransitions(deps.events, owner, status);
};

/** The cluster does not take an object of the plan, and repeating will not help by itself. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly object: KubeObject;
  override readonly cause: ClusterError;

  constructor(object: KubeObject, cause: ClusterError) {
    super(`${object.kind} ${object.metadata.name}: ${cause.message}`.slice(0, 1000));
    this.object = object;
    this.cause = cause;
  }
}

const passing = ["Conflict", "Unavailable", "NotLeader"] as const;

const atObject = async (object: KubeObject, run: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await run();
  } catch (error) {
    const isRefusal =
      error instanceof ClusterError && !passing.some((reason) => isClusterError(error, reason));
    throw isRefusal ? new Refusal(object, error) : error;
  }
};

/** Only the object that was observed: another one of that name is not ours to take away. */
const pruneObject = async (cluster: Cluster, object: KubeObject): Promise<boolean> => {
  const { uid } = object.metadata;
  return cluster.delete(refOf(object), uid === undefined ? {} : { uid });
};

/** True when it was written: nothing is when nothing is new, and an owner that is gone needs none. */
export const writeStatus = async (
  cluster: Cluster,
  owner: KubeObject,
  status: unknown,
): Promise<boolean> => {
  if (isDeepStrictEqual(plain(owner.status), plain(status))) return false;
  try {
    await cluster.writeStatus(refOf(owner), status, owner.metadata.resourceVersion);
    return true;
  } catch (error) {
    if (!isClusterError(error, "NotFound")) throw error;
    return false;
  }
};

/** Through JSON, so that a field set to undefined and an absent field are the same thing. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? {}));
