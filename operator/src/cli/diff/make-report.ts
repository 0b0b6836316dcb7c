import { allAccountKinds, isAccount, type Account } from "../../api/account-kinds.ts";
import { refKey, refOf, type KubeObject } from "../../api/objects.ts";
import { ServerRefusal, type Objects } from "../ports.ts";
import { affectedAccount } from "./affected-account.ts";
import { changeOf, planChildren, type ChildPlan } from "./children.ts";
import { readLiveChildren, type LiveChildren } from "./live-children.ts";
import { previewChild, refusedOf } from "./preview-child.ts";
import { previewOwn } from "./preview-own.ts";
import { mergeChanges, type DiffReport, type ObjectChange } from "./report.ts";
import { sidesOf, type Edit, type Sides } from "./sides.ts";
import { isActing, wantedOfOwner } from "./wanted.ts";

export interface DiffInput {
  objects: Objects;
  /** Of the file, Platforms first. */
  given: readonly KubeObject[];
  fieldManager: string;
  now: Date;
  progress: (line: string) => void;
}

/** What applying the file would do, down to the pods. Nothing is written. */
export const makeReport = async (input: DiffInput): Promise<DiffReport> => {
  const { objects, given, progress } = input;
  const report: DiffReport = {
    ...{ where: objects.where, changes: [], accounts: [], refused: [], notes: [] },
  };
  const edits: Edit[] = [];
  for (const object of given) {
    progress(`asking what ${object.kind}/${object.metadata.name} would become ...`);
    const edit = await editOf(input, object, report);
    if (edit !== undefined) edits.push(edit);
  }
  for (const [namespace, of] of Map.groupBy(edits, ({ after }) => after.metadata.namespace)) {
    progress(`planning namespace ${namespace} ...`);
    await planNamespace(input, { namespace, edits: of, report });
  }
  report.changes = mergeChanges(report.changes);
  report.notes = [...new Set(report.notes)];
  return report;
};

const editOf = async (
  { objects, fieldManager }: DiffInput,
  given: KubeObject,
  report: DiffReport,
): Promise<Edit | undefined> => {
  const live = await objects.get(refOf(given));
  try {
    const after = await previewOwn(objects, given, { live, fieldManager });
    addChange(report, changeOf(live === undefined ? "create" : "change", live, after));
    return { live, after };
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    report.refused.push(refusedOf(given, error));
    return undefined;
  }
};

const addChange = (report: DiffReport, change: ObjectChange | undefined): void => {
  if (change !== undefined) report.changes.push(change);
};

interface NamespaceEdits {
  namespace: string;
  edits: readonly Edit[];
  report: DiffReport;
}

const planNamespace = async (
  { objects, now, progress }: DiffInput,
  { namespace, edits, report }: NamespaceEdits,
): Promise<void> => {
  const children = await readLiveChildren(objects, namespace);
  for (const [kind, reason] of children.unread) {
    report.notes.push(`${kind}s of namespace ${namespace} are left out: ${reason}`);
  }
  const sides = await sidesOf(objects, namespace, { edits, now });
  for (const edit of edits) {
    const plan = planEdit(edit, { sides, children, report });
    progress(`trying ${plan.steps.length} object(s) of ${nameOf(edit.after)} ...`);
    for (const step of plan.steps) {
      const { change, refused, note } = await previewChild(objects, step);
      addChange(report, change);
      if (refused !== undefined) report.refused.push(refused);
      if (note !== undefined) report.notes.push(note);
    }
    for (const object of plan.deletions) addChange(report, changeOf("delete", object, undefined));
  }
  if (!edits.some(({ after }) => after.kind === "Platform")) return;
  const others = await accountsBeside(objects, namespace, edits);
  for (const account of others) {
    const plan = planEdit({ live: account, after: account }, { sides, children, report });
    const affected = affectedAccount(account, plan);
    if (affected !== undefined) report.accounts.push(affected);
  }
};

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

const planEdit = (
  { live, after }: Edit,
  context: { sides: Sides; children: LiveChildren; report: DiffReport },
): ChildPlan => {
  const { sides, children, report } = context;
  const nothing = { steps: [], deletions: [] };
  if (!isActing(after)) {
    report.notes.push(
      `${nameOf(after)} is paused, or its reconcilePolicy is not Apply: nothing else would change`,
    );
    return nothing;
  }
  const owned = children.ownedBy(live);
  const wanted = wantedOfOwner(after, sides.after, owned);
  if ("nothing" in wanted) {
    report.notes.push(`${nameOf(after)}: ${wanted.nothing}`);
    return nothing;
  }
  const prior =
    live === undefined || !isActing(live) ? undefined : wantedOfOwner(live, sides.before, owned);
  const plan = planChildren({
    prior: prior === undefined || "nothing" in prior ? [] : prior.objects,
    after: wanted.objects,
    owned,
  });
  return {
    steps: plan.steps.filter(({ object }) => !children.unread.has(object.kind)),
    deletions: plan.deletions,
  };
};

const accountsBeside = async (
  objects: Objects,
  namespace: string,
  edits: readonly Edit[],
): Promise<Account[]> => {
  const lists = await Promise.all(
    allAccountKinds.map(async (kind) => objects.list(kind, { namespace })),
  );
  const named = new Set(edits.map(({ after }) => refKey(refOf(after))));
  return lists
    .flat()
    .filter((one): one is Account => isAccount(one) && !named.has(refKey(refOf(one))));
};
