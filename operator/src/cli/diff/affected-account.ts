import type { Account } from "../../api/account-kinds.ts";
import { changeOf, type ChildPlan } from "./children.ts";
import type { AffectedAccount } from "./report.ts";

/** What a changed Platform does to an account, without asking the server about each object. */
export const affectedAccount = (
  { kind, metadata }: Account,
  { steps, deletions }: ChildPlan,
): AffectedAccount | undefined => {
  const changes = [
    ...steps.map(({ action, live, object }) => changeOf(action, live, object)),
    ...deletions.map((object) => changeOf("delete", object, undefined)),
  ].filter((change) => change !== undefined);
  if (changes.length === 0) return undefined;
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    changes: [...new Set(changes.map((change) => change.kind))],
    podsReplaced: changes.reduce((sum, change) => sum + change.podsReplaced, 0),
  };
};
