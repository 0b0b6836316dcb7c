import { refOf, type KubeObject } from "../../api/objects.ts";
import type { Cluster } from "../port.ts";
import { applyFields } from "./apply-fields.ts";
import type { ObjectStore } from "./object-store.ts";

/** The Cluster port over the object store. */
export const createLocalCluster = (store: ObjectStore): Cluster => ({
  get: async (ref) => Promise.resolve(store.get(ref)),
  list: async (kind, options) => Promise.resolve(store.list(kind, options)),
  apply: async (object, { fieldManager }) =>
    Promise.resolve().then(() => applyObject(store, object, fieldManager)),
  writeStatus: async (ref, status, resourceVersion) =>
    Promise.resolve().then(() => store.putStatus(ref, status, resourceVersion)),
  setFinalizer: async (ref, finalizer, present) =>
    Promise.resolve().then(() => store.setFinalizer(ref, finalizer, present)),
  delete: async (ref) => Promise.resolve().then(() => store.delete(ref)),
  watch: (kinds, onEvent) => store.watch(kinds, onEvent),
});

/** Server-side apply on the store. Exported for the HTTP routes, which apply as their caller. */
export const applyObject = (
  store: ObjectStore,
  object: KubeObject,
  fieldManager: string,
): KubeObject => {
  const current = store.get(refOf(object));
  const { name, namespace } = object.metadata;
  const base: KubeObject = current ?? {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace },
  };
  const next = applyFields(base, object, fieldManager);
  if (object.metadata.resourceVersion !== undefined) {
    next.metadata.resourceVersion = object.metadata.resourceVersion;
  }
  return store.put(next, current);
};
