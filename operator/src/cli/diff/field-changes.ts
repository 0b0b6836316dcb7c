import { isDeepStrictEqual } from "node:util";
import { annotations } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";
import { isRecord, keysOf } from "./keyed-list.ts";

/** One field that differs. Absent on the side where the object has no such field. */
export interface FieldChange {
  /** For example spec.template.spec.containers[whatsapp].image */
  path: string;
  before?: unknown;
  after?: unknown;
}

/** Every field that differs, without what the API server and this operator keep for themselves. */
export const fieldChanges = (
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): FieldChange[] => {
  const kind = (after ?? before)?.kind ?? "";
  const changes: FieldChange[] = [];
  compare(contentOf(before), contentOf(after), "", changes);
  return changes.map((change) => maskChange(kind, change));
};

const serverFields = [
  ...["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"],
  ...["name", "namespace"],
];

/** Notes of appliers. What they stand for is in the fields themselves. */
const bookkeeping: readonly string[] = [
  annotations.appliedHash,
  annotations.inputHash,
  annotations.templateHash,
  annotations.configHash,
  annotations.envHash,
  annotations.traceparent,
  "kubectl.kubernetes.io/last-applied-configuration",
];

const contentOf = (object: KubeObject | undefined): Record<string, unknown> => {
  if (object === undefined) return {};
  const { metadata, ...content } = object;
  const { ownerReferences, ...own } = metadata;
  const kept = Object.entries(own).filter(([name]) => !serverFields.includes(name));
  const owners = ownerReferences?.map(({ kind, name }) => ({ kind, name }));
  const shown = {
    metadata: { ...Object.fromEntries(kept), ownerReferences: owners },
    ...content,
    ...{ apiVersion: undefined, kind: undefined, status: undefined },
  };
  return withoutNotes(JSON.parse(JSON.stringify(shown))) as Record<string, unknown>;
};

/** Bookkeeping is dropped wherever it stands, and JSON inside variables becomes fields of its own. */
const withoutNotes = (value: unknown, key = ""): unknown => {
  if (Array.isArray(value)) return value.map((item) => withoutNotes(item));
  if (typeof value === "string") return key === "value" ? readJson(value) : value;
  if (!isRecord(value)) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !(key === "annotations" && bookkeeping.includes(name)))
    .map(([name, field]) => [name, withoutNotes(field, name)] as const);
  return Object.fromEntries(entries.filter(([name, field]) => !isEmptyNotes(name, field)));
};

const isEmptyNotes = (name: string, field: unknown): boolean =>
  name === "annotations" && isRecord(field) && Object.keys(field).length === 0;

const readJson = (text: string): unknown => {
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const compare = (before: unknown, after: unknown, path: string, changes: FieldChange[]): void => {
  if (isDeepStrictEqual(before, after)) return;
  const [was, is] = [childrenOf(before), childrenOf(after)];
  if (was.shape === "leaf" || was.shape !== is.shape) {
    changes.push(changeAt(path, before, after));
    return;
  }
  for (const name of new Set([...Object.keys(was.items), ...Object.keys(is.items)])) {
    const step = was.shape === "list" ? `[${name}]` : `.${name}`;
    compare(was.items[name], is.items[name], `${path}${step}`.replace(/^[.]/, ""), changes);
  }
};

const changeAt = (path: string, before: unknown, after: unknown): FieldChange => ({
  path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
});

interface Children {
  shape: "leaf" | "list" | "record";
  items: Record<string, unknown>;
}

const childrenOf = (value: unknown): Children => {
  if (Array.isArray(value)) {
    return { shape: "list", items: keysOf(value) ?? Object.fromEntries(value.entries()) };
  }
  return isRecord(value) ? { shape: "record", items: value } : { shape: "leaf", items: {} };
};

const hidden = "<hidden>";

const maskChange = (kind: string, change: FieldChange): FieldChange => {
  const isSecret = kind === "Secret" && /^(data|stringData)\b/.test(change.path);
  const last = change.path.split(".").at(-1) ?? "";
  const mask = (value: unknown): unknown => (isSecret ? hidden : maskValue(value, last));
  return {
    path: change.path,
    ...("before" in change ? { before: mask(change.before) } : {}),
    ...("after" in change ? { after: mask(change.after) } : {}),
  };
};

/** Output of a diff ends up in logs of pipelines: no phone numbers, no credentials of URLs. */
const maskValue = (value: unknown, key: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => maskValue(item, key));
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, maskValue(field, name)]),
    );
  }
  if (typeof value !== "string") return value;
  if (key === "phone") return `${hidden} …${value.slice(-4)}`;
  return value.replaceAll(/:\/\/[^/@\s]+@/g, `://${hidden}@`);
};
