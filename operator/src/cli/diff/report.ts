import type { FieldChange } from "./field-changes.ts";

export interface ObjectChange {
  action: "create" | "change" | "delete";
  kind: string;
  namespace: string;
  name: string;
  fields: FieldChange[];
  /** Pods that are replaced because of it. */
  podsReplaced: number;
}

/** An account that the file does not name and a Platform in it changes. */
export interface AffectedAccount {
  kind: string;
  namespace: string;
  name: string;
  /** Kinds of its objects that change. */
  changes: string[];
  podsReplaced: number;
}

/** What the server does not take, in its words. */
export interface Refused {
  kind: string;
  namespace: string;
  name: string;
  message: string;
}

export interface DiffReport {
  /** Which server was asked. */
  where: string;
  changes: ObjectChange[];
  accounts: AffectedAccount[];
  refused: Refused[];
  /** What could not be looked at, and what the operator would not do. */
  notes: string[];
}

/** As `kubectl diff`: 0 nothing changes, 1 something does, above it something failed. */
export const exitCodeOf = ({ changes, accounts, refused }: DiffReport): number => {
  if (refused.length > 0) return 2;
  return changes.length + accounts.length > 0 ? 1 : 0;
};

/** One entry for each object: the same Deployment may be changed by two appliers. */
export const mergeChanges = (changes: readonly ObjectChange[]): ObjectChange[] => {
  const merged = new Map<string, ObjectChange>();
  for (const change of changes) {
    const key = `${change.kind}/${change.namespace}/${change.name}`;
    const before = merged.get(key);
    if (before === undefined) merged.set(key, { ...change });
    else {
      const known = new Set(before.fields.map(({ path }) => path));
      before.fields = [...before.fields, ...change.fields.filter(({ path }) => !known.has(path))];
      before.podsReplaced = Math.max(before.podsReplaced, change.podsReplaced);
    }
  }
  return [...merged.values()];
};
