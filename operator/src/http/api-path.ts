import { localResourceKinds, type ResourceKind } from "../api/resources.ts";

export interface ApiTarget {
  resource: ResourceKind;
  /** Undefined: every namespace. */
  namespace: string | undefined;
  /** Undefined: the collection. */
  name: string | undefined;
}

/**
 * A Kubernetes path, `/apis/<group>/<version>/namespaces/<namespace>/<plural>/<name>`, or undefined
 * when it names nothing served here. Secrets have no address: nothing outside the process reads them.
 */
export const parseApiPath = (pathname: string): ApiTarget | undefined => {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return undefined;
  const [root, ...rest] = segments;
  const [group, version, ...tail] = root === "api" ? ["", ...rest] : rest;
  if (root !== "api" && root !== "apis") return undefined;
  const [namespace, plural, name, more] =
    tail[0] === "namespaces" ? tail.slice(1) : [undefined, tail[0], undefined, tail[1]];
  if (more !== undefined || namespace === "" || name === "") return undefined;
  const resource = localResourceKinds.find(
    (kind) =>
      kind.kind !== "Secret" &&
      kind.group === group &&
      kind.version === version &&
      kind.plural === plural,
  );
  return resource === undefined ? undefined : { resource, namespace, name };
};

const decodeSegments = (pathname: string): string[] | undefined => {
  try {
    return pathname.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
};
