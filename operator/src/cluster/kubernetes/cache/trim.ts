import type { KubeObject } from "../../../api/objects.ts";
import { apiVersionOf, type ResourceKind } from "../../../api/resources.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * An object as the cache keeps it: without what only the server and kubectl need, which is most of
 * a small object's size, and with the kind that items of a list are sent without. Changes its input.
 */
export const trim = (object: KubeObject, resource: ResourceKind): KubeObject => {
  const { metadata } = object;
  delete metadata.managedFields;
  // Everything that is read of a pod is in its status; its spec is the largest part of all.
  if (resource.kind === "Pod") delete object.spec;
  if (metadata.annotations?.[lastApplied] !== undefined) {
    Reflect.deleteProperty(metadata.annotations, lastApplied);
    if (Object.keys(metadata.annotations).length === 0) delete metadata.annotations;
  }
  // Objects of the cluster as a whole are sent without one.
  metadata.namespace = (metadata as { namespace?: string }).namespace ?? "";
  // Metadata-only answers call themselves PartialObjectMetadata.
  object.kind = resource.kind;
  object.apiVersion = apiVersionOf(resource);
  return object;
};
