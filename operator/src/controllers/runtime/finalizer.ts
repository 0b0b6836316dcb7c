import { refOf, type KubeObject } from "../../api/objects.ts";
import { isClusterError } from "../../cluster/errors.ts";
import type { Cluster } from "../../cluster/port.ts";

/** Makes sure our finalizer is there, or is not. */
export const keepFinalizer = async (
  cluster: Cluster,
  object: KubeObject,
  finalizer: string,
  isWanted: boolean,
): Promise<void> => {
  const has = object.metadata.finalizers?.includes(finalizer) ?? false;
  if (has !== isWanted) await cluster.setFinalizer(refOf(object), finalizer, isWanted);
};

/** Lets a deleted object go. One that is gone already is as good. */
export const releaseFinalizer = async (
  cluster: Cluster,
  object: KubeObject,
  finalizer: string,
): Promise<void> => {
  try {
    await cluster.setFinalizer(refOf(object), finalizer, false);
  } catch (error) {
    if (!isClusterError(error, "NotFound")) throw error;
  }
};
