import { refOf, type KubeObject } from "../../api/objects.ts";
import { findKind } from "../../api/resources.ts";
import { ClusterError } from "../errors.ts";
import type { ApplyOptions, Cluster } from "../port.ts";
import { applyConflicts, applyFields } from "./apply-fields.ts";
import type { ObjectStore } from "./object-store.ts";

/** The Cluster port over the object store. */
export const createLocalCluster = (store: ObjectStore): Cluster => ({
  get: async (ref) => Promise.resolve(store.get(ref)),
  list: async (kind, options) => Promise.resolve(store.list(kind, options)),
  apply: async (object, options) =>
    Promise.resolve().then(() => applyObject(store, object, options)),
  writeStatus: async (ref, status, resourceVersion) =>
    Promise.resolve().then(() => store.putStatus(ref, status, resourceVersion)),
  setFinalizer: async (ref, finalizer, present) =>
    Promise.resolve().then(() => store.setFinalizer(ref, finalizer, present)),
  delete: async (ref, options) => Promise.resolve().then(() => store.delete(ref, options)),
  watch: (kinds, onEvent) => store.watch(kinds, onEvent),
  serves: async (kinds) =>
    Promise.resolve(new Set(kinds.filter((kind) => findKind(kind)?.isLocal === true))),
});

/** Server-side apply on the store. Exported for the HTTP routes, which apply as their caller. */
export const applyObject = (
  store: ObjectStore,
  object: KubeObject,
  { fieldManager, force = true, dryRun = false }: ApplyOptions,
): KubeObject => {
  const current = store.get(refOf(object));
  const { name, namespace } = object.metadata;
  const base: KubeObject = current ?? {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace },
  };
  if (!force) checkConflicts(base, object, fieldManager);
  const next = applyFields(base, object, fieldManager);
  if (object.metadata.resourceVersion !== undefined) {
    next.metadata.resourceVersion = object.metadata.resourceVersion;
  }
  return store.put(next, current, { dryRun });
};

const checkConflicts = (current: KubeObject, object: KubeObject, fieldManager: string): void => {
  const causes = applyConflicts(current, object, fieldManager);
  if (causes.length === 0) return;
  const summary = causes.map(({ field, message }) => `${message}: ${field}`).join("; ");
  throw new ClusterError("Conflict", `Apply failed: ${summary}`, causes);
};
