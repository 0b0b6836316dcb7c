import type { KubeObject } from "../../api/objects.ts";
import { apiVersionOf, findKind } from "../../api/resources.ts";
import { ClusterError, type FieldCause } from "../errors.ts";

const namePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const namespacePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Checks what every kind shares. Names become file names, so this is also what keeps an object
 * inside its folder.
 */
export const checkMetadata = (object: KubeObject): void => {
  const resource = findKind(object.kind);
  if (resource?.isLocal !== true) {
    throw new ClusterError("NotServed", `the local runtime has no kind ${object.kind}`);
  }
  const wanted = apiVersionOf(resource);
  if (object.apiVersion !== wanted) {
    throw new ClusterError("BadRequest", `${object.kind} needs apiVersion ${wanted}`);
  }
  const { name, namespace, labels, annotations } = object.metadata;
  const causes: FieldCause[] = [
    ...checkName("metadata.name", name, namePattern, 253),
    ...checkName("metadata.namespace", namespace, namespacePattern, 63),
    ...checkTextMap("metadata.labels", labels),
    ...checkTextMap("metadata.annotations", annotations),
  ];
  if (causes.length === 0) return;
  const summary = causes.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new ClusterError("Invalid", `${object.kind} "${name}" is invalid: ${summary}`, causes);
};

const checkName = (field: string, value: unknown, pattern: RegExp, max: number): FieldCause[] =>
  typeof value === "string" && value.length <= max && pattern.test(value) && !value.includes("..")
    ? []
    : [
        {
          field,
          message:
            "must be lowercase letters, digits and dashes, and start and end with one of the first two",
        },
      ];

const checkTextMap = (field: string, value: unknown): FieldCause[] =>
  value === undefined ||
  (typeof value === "object" &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === "string"))
    ? []
    : [{ field, message: "must be a map of text to text" }];
