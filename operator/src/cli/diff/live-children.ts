import { labels } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";
import { childKinds } from "../../controllers/account/observe.ts";
import { platformChildKinds } from "../../controllers/platform/observe.ts";
import type { Objects } from "../ports.ts";

/** Everything of the operator's in one namespace. */
export interface LiveChildren {
  ownedBy(owner: KubeObject | undefined): KubeObject[];
  /** Kinds that the reader may not list, with the server's reason. */
  unread: ReadonlyMap<string, string>;
}

const kindsOf = {
  pods: [...new Set([...platformChildKinds, ...childKinds])],
  processes: ["Deployment"],
};

/** Reads every kind the operator makes, Secrets left out: nobody needs to see those for a plan. */
export const readLiveChildren = async (
  objects: Objects,
  namespace: string,
): Promise<LiveChildren> => {
  const unread = new Map<string, string>();
  const read = async (kind: string): Promise<KubeObject[]> => {
    try {
      const labelSelector = { [labels.managedBy]: "rarity-operator" };
      return await objects.list(kind, { namespace, labelSelector });
    } catch (error) {
      unread.set(kind, error instanceof Error ? error.message : "failed");
      return [];
    }
  };
  const kinds = kindsOf[objects.runs].filter((kind) => kind !== "Secret");
  const found = (await Promise.all(kinds.map(read))).flat();
  const byOwner = Map.groupBy(found, ownerUidOf);
  return { ownedBy: (owner) => byOwner.get(owner?.metadata.uid ?? "") ?? [], unread };
};

/** Without an owner it is nobody's. */
const ownerUidOf = ({ metadata }: KubeObject): string =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? "none";
