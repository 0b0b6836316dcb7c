import type { Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import { buildDisruptionBudget } from "./disruption-budget.ts";
import type { Installation } from "./installation.ts";
import { buildNetworkPolicy } from "./network-policy.ts";
import { buildPodDeployment } from "./pod-deployment.ts";
import { buildEnvSecret, buildProcessDeployment } from "./process-deployment.ts";

/** What an account becomes. In this order: what refers to something comes after it. */
export const buildAccount = (
  account: Account,
  installation: Installation,
  replicas: number | undefined,
): KubeObject[] => {
  if (installation.runs === "processes") {
    const { template } = installation;
    return [buildEnvSecret(account, template), buildProcessDeployment(account, template, replicas)];
  }
  const { context } = installation;
  return [
    buildNetworkPolicy(account, context),
    buildPodDeployment(account, context, replicas),
    buildDisruptionBudget(account),
  ].filter((object) => object !== undefined);
};
