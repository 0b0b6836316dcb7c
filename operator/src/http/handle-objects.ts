import type { KubeObject, ObjectRef } from "../api/objects.ts";
import { apiVersionOf, type ResourceKind } from "../api/resources.ts";
import { ClusterError } from "../cluster/errors.ts";
import { mergePatch } from "../cluster/local/apply-fields.ts";
import { applyObject } from "../cluster/local/local-cluster.ts";
import type { ObjectStore } from "../cluster/local/object-store.ts";
import type { ApiTarget } from "./api-path.ts";
import type { ParsedBody } from "./read-body.ts";

export interface ObjectAnswer {
  code: number;
  body: unknown;
}

export interface ObjectRequest {
  method: string;
  target: ApiTarget;
  query: URLSearchParams;
  readBody: () => Promise<ParsedBody>;
}

/** One request on objects: list, get, apply (PUT, POST, apply patch), merge patch, delete. */
export const handleObjects = async (
  store: ObjectStore,
  request: ObjectRequest,
): Promise<ObjectAnswer> => {
  const { method, target } = request;
  const { resource, namespace, name } = target;
  if (name === undefined) {
    if (method === "GET") return listObjects(store, request);
    if (method !== "POST" || namespace === undefined) throw notAllowed(method);
    const { value } = await request.readBody();
    return applyBody(store, request, { value, mustBeNew: true });
  }
  const ref: ObjectRef = { kind: resource.kind, namespace: namespace ?? "", name };
  if (method === "GET") return { code: 200, body: existing(store, ref, resource) };
  if (method === "DELETE") {
    if (isDryRun(request.query)) return { code: 200, body: existing(store, ref, resource) };
    return deleteObject(store, ref, resource);
  }
  if (resource.kind === "Pod") throw notAllowed(method);
  if (method === "PUT") {
    return applyBody(store, request, { value: (await request.readBody()).value });
  }
  if (method === "PATCH") return patchObject(store, request, ref);
  throw notAllowed(method);
};

const notAllowed = (method: string): ClusterError =>
  new ClusterError("MethodNotAllowed", `${method} is not supported here`);

const listObjects = (store: ObjectStore, { target, query }: ObjectRequest): ObjectAnswer => {
  const { resource, namespace } = target;
  const pairs = (query.get("labelSelector") ?? "").split(",").filter((pair) => pair !== "");
  const labelSelector = Object.fromEntries(
    pairs.map((pair) => {
      const [key = "", value, more] = pair.split(/==?/);
      if (value !== undefined && more === undefined) return [key, value];
      throw new ClusterError("BadRequest", "labelSelector takes name=value pairs");
    }),
  );
  const items = store.list(resource.kind, {
    labelSelector,
    ...(namespace === undefined ? {} : { namespace }),
  });
  return {
    code: 200,
    body: {
      apiVersion: apiVersionOf(resource),
      kind: `${resource.kind}List`,
      metadata: { resourceVersion: store.resourceVersion() },
      items,
    },
  };
};

const existing = (store: ObjectStore, ref: ObjectRef, resource: ResourceKind): KubeObject => {
  const object = store.get(ref);
  if (object !== undefined) return object;
  throw new ClusterError("NotFound", `${resource.plural} "${ref.name}" not found`);
};

const deleteObject = (store: ObjectStore, ref: ObjectRef, resource: ResourceKind): ObjectAnswer => {
  const object = existing(store, ref, resource);
  store.delete(ref);
  return { code: 200, body: store.get(ref) ?? object };
};

const applyBody = (
  store: ObjectStore,
  { target, query }: ObjectRequest,
  { value, mustBeNew = false }: { value: Record<string, unknown>; mustBeNew?: boolean },
): ObjectAnswer => {
  const object = addressed(target, value);
  const { kind, metadata } = object;
  const before = store.get({ kind, namespace: metadata.namespace, name: metadata.name });
  if (mustBeNew && before !== undefined) {
    throw new ClusterError("AlreadyExists", `${kind} "${metadata.name}" already exists`);
  }
  const fieldManager = query.get("fieldManager") ?? "kubectl";
  const applied = applyObject(store, object, { fieldManager, dryRun: isDryRun(query) });
  return { code: before === undefined ? 201 : 200, body: applied };
};

/** The body has to say what the address says; the namespace may be left to the address. */
const addressed = (
  { resource, namespace, name }: ApiTarget,
  value: Record<string, unknown>,
): KubeObject => {
  const given = value["metadata"];
  const metadata = typeof given === "object" && given !== null ? given : {};
  const object = { ...value, metadata: { namespace, name, ...metadata } } as KubeObject;
  const isSame =
    object.kind === resource.kind &&
    object.metadata.namespace === namespace &&
    (name === undefined || object.metadata.name === name);
  if (isSame) return object;
  throw new ClusterError(
    "BadRequest",
    `the address is of ${resource.kind} ${namespace ?? ""}/${name ?? "<new>"}, the body is not`,
  );
};

const patchObject = async (
  store: ObjectStore,
  request: ObjectRequest,
  ref: ObjectRef,
): Promise<ObjectAnswer> => {
  const { mediaType, value } = await request.readBody();
  if (mediaType === "application/apply-patch+yaml") return applyBody(store, request, { value });
  if (mediaType !== "application/merge-patch+json") {
    throw new ClusterError("BadRequest", "PATCH takes a merge patch or an apply patch");
  }
  const current = existing(store, ref, request.target.resource);
  const next = mergePatch(current, value) as KubeObject;
  // The address names the object; a patch cannot move it, and status is the operator's.
  next.kind = current.kind;
  next.apiVersion = current.apiVersion;
  next.metadata = { ...next.metadata, name: ref.name, namespace: ref.namespace };
  return { code: 200, body: store.put(next, current, { dryRun: isDryRun(request.query) }) };
};

/** As on an API server: everything but the write. */
const isDryRun = (query: URLSearchParams): boolean => {
  const asked = query.get("dryRun");
  if (asked === null || asked === "All") return asked !== null;
  throw new ClusterError("BadRequest", "dryRun takes All");
};
