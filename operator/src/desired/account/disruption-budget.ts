import type { Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import { childMetadata, selectorLabels } from "./labels.ts";

/** One pod at a time may be evicted. Where there is never a second pod it would protect nothing. */
export const buildDisruptionBudget = (account: Account): KubeObject | undefined => {
  const { maxReplicas, replicas } = account.spec;
  if ((replicas ?? maxReplicas) < 2) return undefined;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMetadata(account),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(account) } },
  };
};
