import type { KubeObject } from "../api/objects.ts";
import type { Deployment } from "../api/workloads.ts";
import type { AccountObservation } from "./plan-account.ts";
import { decideScale, type ScaleDecision } from "./scale.ts";

/** How many pods an account gets, and the objects that see to it where the operator does not itself. */
export const scalingFor = (
  observed: AccountObservation,
  deployment: Deployment | undefined,
): { decision: ScaleDecision; objects: KubeObject[] } => {
  const { account, depth, now } = observed;
  const runtime = observed.runtime.ok ? observed.runtime.runtime : undefined;
  const decision = decideScale({
    account,
    depth,
    isPairing: typeof runtime?.pairingRequestedAt === "string",
    isLeaving: typeof runtime?.logoutRequestedAt === "string",
    lastActivityAt:
      typeof runtime?.lastActivityAt === "string" ? new Date(runtime.lastActivityAt) : undefined,
    currentReplicas: deployment?.spec.replicas,
    now,
  });
  return { decision, objects: [] };
};
