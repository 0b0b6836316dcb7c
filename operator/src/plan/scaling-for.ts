import { replicasMeanOf } from "../api/account-kinds.ts";
import { accountIdOf, deploymentName } from "../api/names.ts";
import type { Deployment } from "../api/workloads.ts";
import { accountLabels } from "../desired/account/labels.ts";
import type { InstallationReading } from "../desired/account/installation.ts";
import { scaleAccount, type AccountScaling } from "../scaling/scale-account.ts";
import type { KedaSource } from "../desired/scaling/scaled-object.ts";
import type { AccountWork, ScalingMode } from "../scaling/scaling-types.ts";
import type { Runtime } from "./account-findings.ts";
import type { AccountObservation } from "./plan-account.ts";

/** How many pods an account gets, and the objects that see to it where the operator does not itself. */
export const scalingFor = (
  observed: AccountObservation,
  deployment: Deployment | undefined,
): AccountScaling => {
  const { account, depth, now, owned, start, runtime } = observed;
  const known = runtime.ok ? runtime.runtime : undefined;
  const { mode, kedaSource, fallbackReplicas } = settingsOf(observed.installation);
  return scaleAccount(account, {
    ...{ mode, kedaSource, fallbackReplicas, deployment, owned, start, now },
    work: workOf(depth, known),
    replicasMean: replicasMeanOf(account),
    name: deploymentName(account),
    labels: accountLabels(account),
    accountId: accountIdOf(account),
  });
};

/** What an account has to do, as its services say. */
export const workOf = (
  depth: AccountWork["depth"],
  runtime: Pick<Runtime, "pairingRequestedAt" | "logoutRequestedAt" | "lastActivityAt"> | undefined,
): AccountWork => ({
  depth,
  isPairing: typeof runtime?.pairingRequestedAt === "string",
  isLeaving: typeof runtime?.logoutRequestedAt === "string",
  lastActivityAt:
    typeof runtime?.lastActivityAt === "string" ? new Date(runtime.lastActivityAt) : undefined,
});

interface Settings {
  mode: ScalingMode;
  kedaSource: KedaSource | undefined;
  fallbackReplicas: number;
}

const direct: Settings = { mode: "Direct", kedaSource: undefined, fallbackReplicas: 1 };

/** Processes on this machine are scaled by the operator itself. */
const settingsOf = (reading: InstallationReading): Settings => {
  if (!reading.ok || reading.installation.runs === "processes") return direct;
  const { platform, scaling } = reading.installation.context;
  return {
    mode: scaling?.choice.mode ?? direct.mode,
    kedaSource: scaling?.kedaSource,
    fallbackReplicas: platform.spec.scaling?.fallbackReplicas ?? direct.fallbackReplicas,
  };
};
