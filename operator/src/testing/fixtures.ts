import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { WhatsAppAccount } from "../api/whatsapp-account.ts";
import { createObjectFiles } from "../cluster/local/object-files.ts";
import { createObjectStore, type ObjectStore } from "../cluster/local/object-store.ts";
import { loadCrds } from "../cluster/local/schema/load-crds.ts";

export const orgId = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11";
export const crdFolder = path.resolve(import.meta.dirname, "../../../crds");

export const temporaryFolder = (): string => mkdtempSync(path.join(tmpdir(), "rarity-operator-"));

export const createTestStore = (folder = temporaryFolder()): ObjectStore =>
  createObjectStore({
    files: createObjectFiles(folder),
    schemas: loadCrds(crdFolder),
    now: () => new Date(),
    onWatcherError: () => undefined,
  });

/** An account as it looks after admission: defaults are filled in. */
export const testAccount = (
  spec: Partial<WhatsAppAccount["spec"]> = {},
  parts: Partial<Pick<WhatsAppAccount, "metadata" | "status">> = {},
): WhatsAppAccount => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: {
    name: "sales",
    namespace: "default",
    uid: "7e3f2ad0-6d0c-4c58-9a55-0d1c4bb6f001",
    generation: 1,
    creationTimestamp: "2026-11-24T08:00:00.000Z",
    ...parts.metadata,
  },
  spec: {
    orgId,
    displayName: "Sales",
    minReplicas: 1,
    maxReplicas: 1,
    targetQueueDepth: 100,
    paused: false,
    reconcilePolicy: "Apply",
    deletionPolicy: "Retain",
    ...spec,
  },
  ...(parts.status === undefined ? {} : { status: parts.status }),
});
