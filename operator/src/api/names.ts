import { createHash } from "node:crypto";
import type { WhatsAppAccount } from "./whatsapp-account.ts";

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

export const annotations = {
  envHash: `${group}/env-hash`,
  templateHash: `${group}/template-hash`,
  processId: `${group}/process-id`,
  processStarted: `${group}/process-started`,
} as const;

export const accountFinalizer = `${group}/account-cleanup`;

export const deploymentName = (account: WhatsAppAccount): string =>
  `whatsapp-${account.metadata.name}`;

export const envSecretName = (account: WhatsAppAccount): string => `${deploymentName(account)}-env`;

/**
 * The account's id. Derived from what names the object, not from its uid, so that an object that is
 * deleted and applied again finds its session.
 */
export const accountIdOf = (account: WhatsAppAccount): string => {
  if (account.spec.accountId !== undefined) return account.spec.accountId.toLowerCase();
  const { namespace, name } = account.metadata;
  const digest = createHash("sha256")
    .update(JSON.stringify([account.spec.orgId.toLowerCase(), namespace, name]))
    .digest();
  // RFC 9562 version 8: a UUID whose bits the application chooses.
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x80, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  return digest
    .toString("hex", 0, 16)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

/** A short stable hash of plain data, for names and change detection. */
export const shortHash = (value: unknown): string =>
  createHash("sha256").update(stableStringify(value)).digest("hex").slice(0, 10);

export const stableStringify = (value: unknown): string =>
  JSON.stringify(value, (_key, field: unknown) =>
    typeof field === "object" && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
