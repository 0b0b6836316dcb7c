import { apiVersionOf, findKind, type ResourceKind } from "../../api/resources.ts";
import { isClusterError } from "../errors.ts";
import type { KubeClient } from "./client/kube-client.ts";
import { groupPath } from "./paths.ts";

/** A kind that is there stays for long; one that is missing may be installed at any moment. */
const presentForMs = 600_000;
const absentForMs = 15_000;

interface Known {
  plurals: ReadonlySet<string>;
  readMs: number;
}

/** Answers which kinds the cluster has. Asks once for each group and version, and again after a while. */
export const createDiscovery = (
  client: KubeClient,
  nowMs = (): number => performance.now(),
): ((kinds: readonly string[]) => Promise<ReadonlySet<string>>) => {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Known>>();

  const ask = async (resource: ResourceKind): Promise<Known> => {
    const answer = { plurals: await readPlurals(client, resource), readMs: nowMs() };
    known.set(apiVersionOf(resource), answer);
    return answer;
  };

  const isServed = async (resource: ResourceKind): Promise<boolean> => {
    const key = apiVersionOf(resource);
    const last = known.get(key);
    const isThere = last?.plurals.has(resource.plural) ?? false;
    const age = nowMs() - (last?.readMs ?? -Infinity);
    if (age < (isThere ? presentForMs : absentForMs)) return isThere;
    const answer = asking.get(key) ?? ask(resource).finally(() => asking.delete(key));
    asking.set(key, answer);
    return (await answer).plurals.has(resource.plural);
  };

  return async (kinds) => {
    const served = await Promise.all(
      kinds.map(async (kind) => {
        const resource = findKind(kind);
        return resource !== undefined && (await isServed(resource)) ? [kind] : [];
      }),
    );
    return new Set(served.flat());
  };
};

/** A group that is not there has none. Any other failure is thrown: it is not known then. */
const readPlurals = async (
  client: KubeClient,
  resource: ResourceKind,
): Promise<ReadonlySet<string>> => {
  try {
    const list = (await client.send({ method: "GET", path: groupPath(resource) })) as {
      resources: { name: string }[];
    };
    return new Set(list.resources.map(({ name }) => name));
  } catch (error) {
    if (isClusterError(error, "NotFound") || isClusterError(error, "NotServed")) return new Set();
    throw error;
  }
};
