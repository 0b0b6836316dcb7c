import type { KubeObject } from "../api/objects.ts";
import { buildAccount } from "../desired/account/build-account.ts";
import { accountInputs } from "./account-inputs.ts";
import { deploymentOf } from "./deployment-of.ts";
import type { AccountObservation } from "./plan-account.ts";
import { settleTemplates } from "./template-hold.ts";

/** What has to run so that a departing account can be logged out: at least one process. */
export const planLastProcess = (observed: AccountObservation): KubeObject[] => {
  const { account, installation, owned, traceparent } = observed;
  if (!installation.ok) return [];
  const replicas = Math.max(deploymentOf(owned)?.spec.replicas ?? 0, 1);
  return settleTemplates({
    objects: buildAccount(account, installation.installation, replicas),
    observed: owned,
    inputs: accountInputs(observed),
    traceparent,
  }).objects;
};
