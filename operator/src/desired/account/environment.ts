import { secretReferencesOf, settingsOf, type Account } from "../../api/account-kinds.ts";
import { accountIdOf, apiVersion } from "../../api/names.ts";
import type { EnvVar } from "../../api/workloads.ts";

/** A process that idles fills its young generation and keeps it: 4 MB where Node allows 16, as most accounts idle. */
export const nodeOptions = "--max-semi-space-size=4";

/** What a channel process is told about its account, on every runtime. Secrets by reference only. */
export const accountEnv = (account: Account): EnvVar[] => [
  { name: "ACCOUNT_ID", value: accountIdOf(account) },
  { name: "NODE_OPTIONS", value: nodeOptions },
  { name: "ORG_ID", value: account.spec.orgId },
  { name: "HOLDER", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "ACCOUNT_SPEC", value: JSON.stringify({ apiVersion, ...settingsOf(account) }) },
  ...secretReferencesOf(account).map(({ env, name, key, isOptional }) => ({
    name: env,
    valueFrom: { secretKeyRef: { name, key, ...(isOptional ? { optional: true } : {}) } },
  })),
];
