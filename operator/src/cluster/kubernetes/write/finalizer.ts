import { setTimeout as delay } from "node:timers/promises";
import type { KubeObject, ObjectRef } from "../../../api/objects.ts";
import { ClusterError, isClusterError } from "../../errors.ts";
import { trim } from "../cache/trim.ts";
import { objectPath, resourceOf } from "../paths.ts";
import type { Writer } from "./writer.ts";

const attemptsMax = 10;
const conflictWaitMs = 20;

/**
 * Adds or removes one finalizer. The list is replaced as a whole, so the patch carries the version
 * and the uid it was read with: nobody else's finalizer is lost, and no other object is touched.
 */
export const setFinalizer = async (
  writer: Writer,
  ref: ObjectRef,
  change: { finalizer: string; present: boolean },
): Promise<void> => {
  writer.guard.check();
  let current = writer.caches.peek(ref.kind)?.get(ref) ?? (await read(writer, ref));
  for (let attempt = 1; ; attempt += 1) {
    const names = current.metadata.finalizers ?? [];
    if (names.includes(change.finalizer) === change.present) return;
    try {
      await patch(writer, current, change);
      return;
    } catch (error) {
      if (!isClusterError(error, "Conflict") || attempt >= attemptsMax) throw error;
      await writer.guard.confirm();
      await delay(conflictWaitMs * attempt * Math.random());
      current = await read(writer, ref);
    }
  }
};

const patch = async (
  { client, caches }: Writer,
  current: KubeObject,
  { finalizer, present }: { finalizer: string; present: boolean },
): Promise<void> => {
  const resource = resourceOf(current.kind);
  const { uid, resourceVersion, finalizers = [] } = current.metadata;
  const others = finalizers.filter((name) => name !== finalizer);
  const result = (await client.send({
    method: "PATCH",
    path: objectPath(resource, current.metadata),
    query: { fieldManager: "rarity-operator-finalizers" },
    contentType: "application/merge-patch+json",
    body: {
      metadata: { uid, resourceVersion, finalizers: present ? [...others, finalizer] : others },
    },
  })) as KubeObject;
  const trimmed = trim(result, resource);
  const { deletionTimestamp, finalizers: left = [] } = trimmed.metadata;
  // The last one is gone, and the object with it.
  if (deletionTimestamp !== undefined && left.length === 0 && uid !== undefined) {
    caches.deleted({ ...trimmed.metadata, kind: current.kind }, uid);
  } else {
    caches.wrote(trimmed);
  }
};

const read = async ({ client }: Writer, ref: ObjectRef): Promise<KubeObject> => {
  const resource = resourceOf(ref.kind);
  const object = (await client.send({
    method: "GET",
    path: objectPath(resource, ref),
  })) as KubeObject | undefined;
  if (object === undefined)
    throw new ClusterError("NotFound", `${ref.kind} "${ref.name}" not found`);
  return trim(object, resource);
};
