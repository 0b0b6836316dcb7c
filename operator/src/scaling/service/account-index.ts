import { allAccountKinds, isAccount, type Account } from "../../api/account-kinds.ts";
import { accountIdOf } from "../../api/names.ts";
import { refKey, refOf, type KubeObject } from "../../api/objects.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { ScaledAccount } from "../scaling-types.ts";

export interface IndexedAccount {
  accountId: string;
  account: ScaledAccount;
}

/** The accounts of the cluster by namespace and id: what autoscalers ask for many times a second. */
export interface AccountIndex {
  accountsIn: (namespace: string, accountId?: string) => readonly IndexedAccount[];
  namespaces: () => Iterable<string>;
  stop: () => void;
}

export const startAccountIndex = async (
  cluster: Pick<Cluster, "list" | "watch">,
): Promise<AccountIndex> => {
  const byNamespace = new Map<string, Map<string, IndexedAccount>>();
  const keys = new Map<string, { namespace: string; accountId: string }>();

  const remove = (object: KubeObject): void => {
    const key = refKey(refOf(object));
    const place = keys.get(key);
    if (place === undefined) return;
    keys.delete(key);
    byNamespace.get(place.namespace)?.delete(place.accountId);
  };
  const put = (object: KubeObject): void => {
    if (!isAccount(object)) return;
    const { namespace } = object.metadata;
    const accountId = accountIdOf(object);
    const accounts = byNamespace.get(namespace) ?? new Map<string, IndexedAccount>();
    byNamespace.set(namespace, accounts.set(accountId, { accountId, account: scaledPart(object) }));
    keys.set(refKey(refOf(object)), { namespace, accountId });
  };
  const unwatch = cluster.watch(allAccountKinds, ({ type, object }) => {
    remove(object);
    if (type !== "DELETED") put(object);
  });
  for (const kind of allAccountKinds) {
    // What the watch told meanwhile is newer than what was listed.
    for (const object of await cluster.list(kind))
      if (!keys.has(refKey(refOf(object)))) put(object);
  }
  return {
    accountsIn: (namespace, accountId) => {
      const accounts = byNamespace.get(namespace);
      if (accountId === undefined) return [...(accounts?.values() ?? [])];
      const found = accounts?.get(accountId);
      return found === undefined ? [] : [found];
    },
    namespaces: () => byNamespace.keys(),
    stop: unwatch,
  };
};

/** What a demand is told from. The whole object is in the cache already. */
const scaledPart = ({ apiVersion, kind, metadata, spec, status }: Account): ScaledAccount => {
  const { name, namespace } = metadata;
  const { minReplicas, maxReplicas, replicas, targetQueueDepth, hibernateAfterSeconds } = spec;
  const { idleSince, scaleDownSince } = status ?? {};
  return {
    ...{ apiVersion, kind, metadata: { name, namespace } },
    spec: { minReplicas, maxReplicas, replicas, targetQueueDepth, hibernateAfterSeconds },
    status: { idleSince, scaleDownSince },
  };
};
