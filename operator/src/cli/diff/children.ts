import { isDeepStrictEqual } from "node:util";
import { refKey, refOf, type KubeObject } from "../../api/objects.ts";
import type { Deployment } from "../../api/workloads.ts";
import { isRunningJob } from "../../plan/migration-state.ts";
import { surplusOf } from "../../plan/surplus.ts";
import { fieldChanges, type FieldChange } from "./field-changes.ts";
import { graft } from "./graft.ts";
import type { ObjectChange } from "./report.ts";
import type { Wanted } from "./wanted.ts";

/** What a changed owner does to one of its objects, before any server is asked. */
export interface ChildStep {
  action: "create" | "change";
  /** As it would be applied. */
  object: KubeObject;
  live: KubeObject | undefined;
  fieldManager: string;
}

export interface ChildPlan {
  steps: ChildStep[];
  deletions: KubeObject[];
}

/**
 * The objects of an owner that change with it. `prior` is what it was built into until now; without
 * it everything that differs from what there is changes.
 */
export const planChildren = (input: {
  prior: readonly Wanted[];
  after: readonly Wanted[];
  owned: readonly KubeObject[];
}): ChildPlan => {
  const live = new Map(input.owned.map((object) => [refKey(refOf(object)), object]));
  const prior = new Map(input.prior.map((wanted) => [keyOf(wanted), plain(wanted.object)]));
  const steps = input.after.flatMap((wanted): ChildStep[] => {
    const object = plain(wanted.object);
    const current = live.get(refKey(refOf(object)));
    const { fieldManager } = wanted;
    if (current === undefined) {
      const isPart = object.kind === "Deployment" && !hasTemplate(object);
      return isPart ? [] : [{ action: "create", object, live: undefined, fieldManager }];
    }
    const before = prior.get(keyOf(wanted));
    // A Job that is there is the one that runs: it can never change.
    if (object.kind === "Job" || isDeepStrictEqual(before, object)) return [];
    const grafted = before === undefined ? object : onto(current, before, object);
    return [{ action: "change", object: grafted, live: current, fieldManager }];
  });
  const surplus = surplusOf(
    input.owned,
    input.after.map(({ object }) => object),
  );
  return { steps, deletions: surplus.filter((object) => !isRunningJob(object)) };
};

const keyOf = ({ object, fieldManager }: Wanted): string =>
  `${fieldManager} ${refKey(refOf(object))}`;

/** As JSON, so that a field set to undefined and an absent field are the same thing. */
const plain = (object: KubeObject): KubeObject => JSON.parse(JSON.stringify(object)) as KubeObject;

const hasTemplate = ({ spec }: KubeObject): boolean =>
  typeof spec === "object" && spec !== null && "template" in spec;

const onto = (live: KubeObject, before: KubeObject, after: KubeObject): KubeObject =>
  graft(withoutServerFields(live), before, after) as KubeObject;

/** An apply carries neither. */
const withoutServerFields = (live: KubeObject): KubeObject => {
  const metadata = { ...live.metadata };
  delete metadata.managedFields;
  delete metadata.resourceVersion;
  const object = { ...live, metadata };
  delete object.status;
  return object;
};

/** `after`: as the server would have it; undefined when it is taken away. */
export const changeOf = (
  action: ObjectChange["action"],
  live: KubeObject | undefined,
  after: KubeObject | undefined,
): ObjectChange | undefined => {
  const object = after ?? live;
  if (object === undefined) return undefined;
  const fields = fieldChanges(live, after);
  if (action === "change" && fields.length === 0) return undefined;
  const { kind, metadata } = object;
  const { namespace, name } = metadata;
  const podsReplaced = action === "change" ? podsReplacedIn(live, fields) : 0;
  return { action, kind, namespace, name, fields, podsReplaced };
};

const podsReplacedIn = (live: KubeObject | undefined, fields: readonly FieldChange[]): number => {
  const isRolled = fields.some(({ path }) => path.startsWith("spec.template."));
  if (live?.kind !== "Deployment" || !isRolled) return 0;
  return (live as Deployment).spec.replicas ?? 1;
};
