import type { KubeObject } from "../../api/objects.ts";
import type { Cluster } from "../../cluster/port.ts";

/** Every object of these kinds that belongs to the owner. Kinds the cluster does not have are none. */
export const listOwned = async (
  cluster: Cluster,
  owner: KubeObject,
  kinds: readonly string[],
): Promise<KubeObject[]> => {
  const { uid, namespace } = owner.metadata;
  if (uid === undefined) return [];
  const served = await cluster.serves(kinds);
  const lists = await Promise.all(
    kinds
      .filter((kind) => served.has(kind))
      .map(async (kind) => cluster.list(kind, { namespace, ownerUid: uid })),
  );
  return lists.flat();
};
