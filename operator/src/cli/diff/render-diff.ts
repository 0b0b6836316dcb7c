import type { FieldChange } from "./field-changes.ts";
import type { AffectedAccount, DiffReport, ObjectChange } from "./report.ts";

const namedMax = 10;
const valueMax = 160;

/** Object by object, then what restarts, then what is refused or not known. */
export const renderDiff = (report: DiffReport): string => {
  const parts = [
    ...report.changes.map(renderChange),
    ...renderAccounts(report.accounts),
    ...report.refused.map(
      ({ kind, namespace, name, message }) =>
        `refused ${kind}/${name} (${namespace})\n  ${message}`,
    ),
    renderRestarts(report),
    report.notes.map((note) => `Note: ${note}`).join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
};

const renderChange = ({
  action,
  kind,
  namespace,
  name,
  fields,
  podsReplaced,
}: ObjectChange): string => {
  const head = `${action} ${kind}/${name} (${namespace})`;
  // What is made or taken away as a whole is shown as a whole by -o json.
  if (action !== "change") return head;
  const restart = podsReplaced === 0 ? [] : [`  ${pods(podsReplaced)} replaced`];
  return [head, ...fields.map(renderField), ...restart].join("\n");
};

const renderField = (field: FieldChange): string =>
  `  ${field.path}: ${render(field, "before")} -> ${render(field, "after")}`;

const render = (field: FieldChange, side: "before" | "after"): string => {
  if (!(side in field)) return "(none)";
  const text = JSON.stringify(field[side]);
  return text.length > valueMax ? `${text.slice(0, valueMax)} ...` : text;
};

const pods = (count: number): string => (count === 1 ? "1 pod is" : `${count} pods are`);

const renderAccounts = (accounts: readonly AffectedAccount[]): string[] => {
  if (accounts.length === 0) return [];
  const kinds = [...new Set(accounts.flatMap(({ changes }) => changes))].join(", ");
  return [
    `change ${accounts.length} account(s) that are not in the file: ${kinds}\n  ${namesOf(accounts)}`,
  ];
};

const namesOf = (objects: readonly { kind: string; name: string }[]): string => {
  const named = objects.slice(0, namedMax).map(({ kind, name }) => `${kind}/${name}`);
  const more = objects.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

const renderRestarts = ({ changes, accounts, refused }: DiffReport): string => {
  if (changes.length + accounts.length === 0) {
    return refused.length > 0 ? "" : "Nothing changes.";
  }
  const restarted = [...changes, ...accounts].filter(({ podsReplaced }) => podsReplaced > 0);
  if (restarted.length === 0) return "No pod is replaced.";
  const count = restarted.reduce((sum, { podsReplaced }) => sum + podsReplaced, 0);
  return `${pods(count)} replaced, of ${namesOf(restarted)}.`;
};
