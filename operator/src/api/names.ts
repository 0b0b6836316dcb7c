import { hash } from "node:crypto";
import { accountKinds, type Account } from "./account-kinds.ts";
import type { KubeObject } from "./objects.ts";

/** Every name, label and annotation the operator gives. */
export const group = "rarityleads.io";
export const apiVersion = `${group}/v1alpha1`;
export const fieldManager = "rarity-operator";

export const labels = {
  name: "app.kubernetes.io/name",
  instance: "app.kubernetes.io/instance",
  managedBy: "app.kubernetes.io/managed-by",
  partOf: "app.kubernetes.io/part-of",
  accountId: `${group}/account-id`,
} as const;

/** Of the operator's own pods, as the chart labels them. */
export const operatorLabels = { [labels.name]: "rarity-operator" } as const;

export const annotations = {
  envHash: `${group}/env-hash`,
  templateHash: `${group}/template-hash`,
  processId: `${group}/process-id`,
  processStarted: `${group}/process-started`,
  /** The trace context of the write that made an object as it is (W3C traceparent). */
  traceparent: `${group}/traceparent`,
  /** What a child was applied as, so that a restarted operator knows what it asked for. */
  appliedHash: `${group}/applied-hash`,
  /** The specs a child was built from: a newer operator alone does not change it. */
  inputHash: `${group}/input-hash`,
  /** The Secret values a pod was started with, as a keyed digest. */
  configHash: `${group}/config-hash`,
  /** Set by people: any new value lets pods be replaced by what this operator builds. */
  roll: `${group}/roll`,
} as const;

/** The Secret in the operator's namespace with the serving certificate of its metrics server. */
export const metricsCertificateName = "rarity-external-metrics";

export const accountFinalizer = `${group}/account-cleanup`;

export const deploymentName = ({ kind, metadata }: Account): string =>
  `${accountKinds[kind].channel}-${metadata.name}`;

export const envSecretName = (account: Account): string => `${deploymentName(account)}-env`;

/**
 * The account's id. Derived from what names the object, not from its uid, so that an object that is
 * deleted and applied again finds its session.
 */
export const accountIdOf = ({ kind, spec, metadata }: Account): string => {
  if (spec.accountId !== undefined) return spec.accountId.toLowerCase();
  const { namespace, name } = metadata;
  // WhatsApp was the first kind, and its ids are in use without it.
  const named = kind === "WhatsAppAccount" ? [] : [kind];
  const source = JSON.stringify([...named, spec.orgId.toLowerCase(), namespace, name]);
  if (source === lastId.source) return lastId.id;
  const digest = hash("sha256", source, "buffer");
  // RFC 9562 version 8: a UUID whose bits the application chooses.
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const id = digest
    .toString("hex", 0, 16)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  lastId = { source, id };
  return id;
};

/** A reconcile asks a dozen times for the id of one account. */
let lastId = { source: "", id: "" };

/** What somebody wrote to have pods replaced. */
export const rollOf = ({ metadata }: KubeObject): string | undefined =>
  metadata.annotations?.[annotations.roll];

/** A short stable hash of plain data, for names and change detection. */
export const shortHash = (value: unknown): string =>
  hash("sha256", stableStringify(value), "hex").slice(0, 10);

/** Tells one text from another, in less room than the text takes. For what stays in this process. */
export const digestOf = (text: string): string => hash("sha1", text, "base64url");

/** JSON with its keys in order. Written out, because every reconcile asks for a dozen of them. */
export const stableStringify = (value: unknown): string => {
  if (value === undefined || value === null) return "null";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(",")}]`;
  if (value instanceof Date) return JSON.stringify(value);
  const fields = value as Record<string, unknown>;
  const parts: string[] = [];
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field !== undefined) parts.push(`${JSON.stringify(key)}:${stableStringify(field)}`);
  }
  return `{${parts.join(",")}}`;
};
