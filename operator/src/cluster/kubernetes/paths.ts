import type { ObjectRef } from "../../api/objects.ts";
import { apiVersionOf, findKind, type ResourceKind } from "../../api/resources.ts";
import { ClusterError, isClusterError } from "../errors.ts";

/** The kind's facts; NotServed for one this operator does not know. */
export const resourceOf = (kind: string): ResourceKind => {
  const resource = findKind(kind);
  if (resource !== undefined) return resource;
  throw new ClusterError("NotServed", `the operator knows no kind ${kind}`);
};

export const groupPath = (resource: Pick<ResourceKind, "group" | "version">): string =>
  `${resource.group === "" ? "/api" : "/apis"}/${apiVersionOf(resource)}`;

export const collectionPath = (resource: ResourceKind, namespace?: string): string =>
  resource.isNamespaced && namespace !== undefined
    ? `${groupPath(resource)}/namespaces/${segment("namespace", namespace)}/${resource.plural}`
    : `${groupPath(resource)}/${resource.plural}`;

export const objectPath = (resource: ResourceKind, ref: Omit<ObjectRef, "kind">): string =>
  `${collectionPath(resource, ref.namespace)}/${segment("name", ref.name)}`;

/** Names become parts of paths, so what could leave its part is refused before anything is sent. */
const segment = (what: string, value: string): string => {
  if (/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/.test(value) && value.length <= 253) return value;
  throw new ClusterError(
    "Invalid",
    `metadata.${what} must be lowercase letters, digits, dashes and dots`,
    [{ field: `metadata.${what}`, message: "must be lowercase letters, digits, dashes and dots" }],
  );
};

/** The server says only that there is nothing at a path; this says of which kind. */
export const namingKind = async <T>(kind: string, attempt: Promise<T>): Promise<T> => {
  try {
    return await attempt;
  } catch (error) {
    if (!isClusterError(error, "NotServed")) throw error;
    const hint = "install its definition, or leave out what needs it";
    throw new ClusterError("NotServed", `the cluster has no kind ${kind}: ${hint}`);
  }
};
