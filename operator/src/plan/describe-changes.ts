import { isDeepStrictEqual } from "node:util";
import { annotations } from "../api/names.ts";
import { refKey, refOf, type KubeObject } from "../api/objects.ts";

const stepsMax = 100;

/**
 * A plan in words, one step a line. What the cluster would add by itself (defaults, status) is not
 * a change: an object changes when something that is asked for differs from what there is.
 */
export const describeChanges = (plan: {
  owned: readonly KubeObject[];
  apply: readonly KubeObject[];
  prune: readonly KubeObject[];
}): string[] => {
  const present = new Map(plan.owned.map((object) => [refKey(refOf(object)), object]));
  const steps = [
    ...plan.apply.flatMap((object) => {
      const current = present.get(refKey(refOf(object)));
      const name = `${object.kind} ${object.metadata.name}`;
      if (current === undefined) return [`create ${name}`];
      const fields = changedFields(object, current);
      return fields.length === 0 ? [] : [`change ${name}: ${fields.join(", ")}`];
    }),
    ...plan.prune.map((object) => `delete ${object.kind} ${object.metadata.name}`),
  ];
  return steps.slice(0, stepsMax);
};

/** Paths that are asked for and differ, at most two levels below `spec`. */
export const changedFields = (wanted: KubeObject, current: KubeObject): string[] => {
  const fields: string[] = [];
  const compare = (asked: unknown, found: unknown, path: string, depth: number): void => {
    if (isMatched(asked, found)) return;
    if (depth === 0 || !isRecord(asked) || !isRecord(found)) {
      fields.push(path);
      return;
    }
    for (const [key, value] of Object.entries(asked)) {
      compare(value, found[key], path === "" ? key : `${path}.${key}`, depth - 1);
    }
  };
  const ignored = ["apiVersion", "kind", "metadata", "status"];
  for (const [key, value] of Object.entries(wanted)) {
    if (!ignored.includes(key)) compare(value, current[key], key, 2);
  }
  for (const part of ["labels", "annotations", "ownerReferences"] as const) {
    const asked = part === "annotations" ? notesForPeople(wanted) : wanted.metadata[part];
    compare(asked ?? {}, current.metadata[part] ?? {}, `metadata.${part}`, 0);
  }
  return fields;
};

const bookkeeping: readonly string[] = [
  annotations.appliedHash,
  annotations.inputHash,
  annotations.templateHash,
];

const notesForPeople = ({ metadata }: KubeObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => !bookkeeping.includes(name)),
  );

/** Everything asked for is there; more may be. Lists have to be of one length. */
const isMatched = (asked: unknown, found: unknown): boolean => {
  if (Array.isArray(asked)) {
    return (
      Array.isArray(found) &&
      asked.length === found.length &&
      asked.every((item, index) => isMatched(item, found[index]))
    );
  }
  if (!isRecord(asked)) return isDeepStrictEqual(asked, found);
  return (
    isRecord(found) && Object.entries(asked).every(([key, value]) => isMatched(value, found[key]))
  );
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
