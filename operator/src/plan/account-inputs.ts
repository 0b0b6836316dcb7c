import { secretReferencesOf, settingsOf } from "../api/account-kinds.ts";
import { rollOf } from "../api/names.ts";
import { versionOf } from "../desired/platform/context.ts";
import type { AccountObservation } from "./plan-account.ts";

/**
 * What the pods of an account are made from. As long as it is the same, a newer operator leaves the
 * pods as they are. Processes on this machine start anew with the operator anyway.
 */
export const accountInputs = ({ account, installation }: AccountObservation): unknown => {
  if (!installation.ok || installation.installation.runs === "processes") return undefined;
  const { context } = installation.installation;
  const { spec, metadata } = context.platform;
  return {
    settings: settingsOf(account),
    secrets: secretReferencesOf(account),
    orgId: account.spec.orgId,
    accountId: account.spec.accountId,
    platform: { ...spec, ...notForPods, name: metadata.name, version: versionOf(context) },
    digests: context.secretDigests,
    trust: context.sandboxTrust,
    roll: [rollOf(account), rollOf(context.platform)],
  };
};

/** Parts of a Platform that no account pod is made from. */
const notForPods = {
  paused: undefined,
  reconcilePolicy: undefined,
  components: undefined,
  scaling: undefined,
};
