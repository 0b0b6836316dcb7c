import { refOf, type KubeObject } from "../../../api/objects.ts";
import { apiVersionOf } from "../../../api/resources.ts";
import { ClusterError, isClusterError } from "../../errors.ts";
import type { ApplyOptions } from "../../port.ts";
import { trim } from "../cache/trim.ts";
import { isFieldConflict } from "../client/refusal.ts";
import { objectPath, resourceOf } from "../paths.ts";
import type { AppliedMemo } from "./applied-memo.ts";
import type { Writer } from "./writer.ts";

const conflictsMax = 4;

/** Server-side apply. Not sent when the same was applied before and everything it set is still so. */
export const applyObject = async (
  writer: Writer & { memo: AppliedMemo },
  object: KubeObject,
  options: ApplyOptions,
): Promise<KubeObject> => {
  const { caches, guard, memo } = writer;
  const ref = refOf(object);
  const isDryRun = options.dryRun === true;
  if (!isDryRun) guard.check();
  const isWhole = !caches.isMetadataOnly(ref.kind);
  const cached = isWhole ? caches.peek(ref.kind)?.get(ref) : undefined;
  const isKnown = cached !== undefined && memo.isApplied(object, options.fieldManager, cached);
  if (!isDryRun && isKnown) return cached;

  const result = await patch(writer, object, options);
  if (isDryRun) return result;
  memo.note(object, options.fieldManager, result);
  return result;
};

/**
 * An update carries the version it was decided on, so that a leader that was paused in between cannot
 * overwrite its successor: the conflict makes it ask whose the lease is before it tries again.
 */
const patch = async (
  writer: Writer,
  object: KubeObject,
  options: ApplyOptions,
): Promise<KubeObject> => {
  const { caches, guard } = writer;
  const ref = refOf(object);
  const given = object.metadata.resourceVersion;
  for (let attempt = 1; ; attempt += 1) {
    const known = caches.peek(ref.kind)?.head(ref)?.resourceVersion;
    try {
      return await send(writer, object, { ...options, version: given ?? known });
    } catch (error) {
      if (given !== undefined) throw asConflict(error);
      if (!isVersionConflict(error) || attempt >= conflictsMax) throw error;
      if (options.dryRun !== true) await guard.confirm();
      await readAgain(writer, object);
    }
  }
};

const isVersionConflict = (error: unknown): boolean =>
  error instanceof ClusterError && error.reason === "Conflict" && !isFieldConflict(error);

/** With a version of the caller's, an object that is gone is one that has changed. */
const asConflict = (error: unknown): unknown =>
  isClusterError(error, "NotFound") ? new ClusterError("Conflict", "the object is gone") : error;

const send = async (
  { client, caches }: Writer,
  object: KubeObject,
  options: ApplyOptions & { version: string | undefined },
): Promise<KubeObject> => {
  const { fieldManager, force = true, dryRun = false, version } = options;
  const resource = resourceOf(object.kind);
  const result = (await client.send({
    method: "PATCH",
    path: objectPath(resource, object.metadata),
    query: {
      fieldManager,
      force: String(force),
      fieldValidation: "Strict",
      dryRun: dryRun ? "All" : undefined,
    },
    contentType: "application/apply-patch+yaml",
    body: intentOf(object, version),
  })) as KubeObject;
  const trimmed = trim(result, resource);
  if (!dryRun) caches.wrote(trimmed);
  return trimmed;
};

/** What the server keeps by itself is not ours to set. */
const intentOf = (object: KubeObject, version: string | undefined): unknown => {
  const { metadata } = object;
  const { name, namespace, labels, annotations, ownerReferences, finalizers } = metadata;
  const scope = namespace === "" ? {} : { namespace };
  return {
    ...object,
    status: undefined,
    apiVersion:
      object.apiVersion === "" ? apiVersionOf(resourceOf(object.kind)) : object.apiVersion,
    metadata: {
      ...{ name, ...scope, labels, annotations, ownerReferences, finalizers },
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
  };
};

/** Fetches what is there now into the cache, after a conflict. Absent: the cache lets go of it. */
const readAgain = async ({ client, caches }: Writer, object: KubeObject): Promise<void> => {
  const ref = refOf(object);
  const resource = resourceOf(ref.kind);
  const before = caches.peek(ref.kind)?.head(ref);
  try {
    const path = objectPath(resource, ref);
    const fresh = (await client.send({ method: "GET", path })) as KubeObject;
    caches.wrote(trim(fresh, resource));
  } catch (error) {
    if (!isClusterError(error, "NotFound")) throw error;
    if (before !== undefined) caches.deleted(ref, before.uid);
  }
};
