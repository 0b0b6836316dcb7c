import type { KubeObject, ObjectRef } from "../../../api/objects.ts";
import { isClusterError } from "../../errors.ts";
import type { DeleteOptions } from "../../port.ts";
import { trim } from "../cache/trim.ts";
import { objectPath, resourceOf } from "../paths.ts";
import type { Writer } from "./writer.ts";

/** Deletes the object that was seen, not whatever has its name by now. False when it is gone. */
export const deleteObject = async (
  { client, caches }: Writer,
  ref: ObjectRef,
  options: DeleteOptions = {},
): Promise<boolean> => {
  const resource = resourceOf(ref.kind);
  const uid = options.uid ?? caches.peek(ref.kind)?.head(ref)?.uid;
  const { resourceVersion, propagation = "Background" } = options;
  try {
    const answer = (await client.send({
      method: "DELETE",
      path: objectPath(resource, ref),
      body: {
        ...{ apiVersion: "meta.k8s.io/v1", kind: "DeleteOptions", propagationPolicy: propagation },
        preconditions: { uid, resourceVersion },
      },
    })) as KubeObject & { details?: { uid?: string } };
    note(caches, ref, answer);
    return true;
  } catch (error) {
    if (isClusterError(error, "NotFound")) return false;
    throw error;
  }
};

/** The server answers with a Status when the object is gone, with the object while it is held. */
const note = (
  caches: Writer["caches"],
  ref: ObjectRef,
  answer: KubeObject & { details?: { uid?: string } },
): void => {
  if (answer.kind === "Status") {
    if (answer.details?.uid !== undefined) caches.deleted(ref, answer.details.uid);
    return;
  }
  const resource = resourceOf(ref.kind);
  const object = trim(answer, resource);
  const { uid, deletionTimestamp, finalizers = [] } = object.metadata;
  const isHeld = deletionTimestamp !== undefined && (finalizers.length > 0 || ref.kind === "Pod");
  if (isHeld) caches.wrote(object);
  else if (uid !== undefined) caches.deleted(ref, uid);
};
