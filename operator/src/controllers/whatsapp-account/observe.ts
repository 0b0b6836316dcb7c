import { accountIdOf, deploymentName, labels } from "../../api/names.ts";
import type { WhatsAppAccount } from "../../api/whatsapp-account.ts";
import type { Deployment, Pod } from "../../api/workloads.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { AccountObservation, TemplateReading } from "../../plan/plan-account.ts";
import type { AccountSources } from "../../sources/account-sources.ts";
import type { Registrar } from "./register.ts";

export interface ObserveDeps {
  cluster: Cluster;
  sources: AccountSources;
  registrar: Registrar;
  readTemplate: () => TemplateReading;
  now: () => Date;
}

/** Gathers everything a plan needs. Only registering the account changes anything. */
export const observeAccount = async (
  deps: ObserveDeps,
  account: WhatsAppAccount,
): Promise<AccountObservation> => {
  const { namespace, name } = account.metadata;
  const accountId = accountIdOf(account);
  const deploymentRef = { kind: "Deployment", namespace, name: deploymentName(account) };
  const runtime = deps.sources.runtimeOf(accountId);
  const isKnown = runtime.ok && runtime.runtime !== undefined;
  const [deployment, pods, registration] = await Promise.all([
    deps.cluster.get(deploymentRef),
    deps.cluster.list("Pod", { namespace, labelSelector: { [labels.instance]: name } }),
    account.spec.reconcilePolicy === "Apply"
      ? deps.registrar.register(account)
      : { ok: isKnown, message: "not registered" },
  ]);
  return {
    account,
    deployment: deployment as Deployment | undefined,
    pods: pods as Pod[],
    depth: deps.sources.depthOf(accountId),
    runtime,
    registration,
    template: deps.readTemplate(),
    now: deps.now(),
  };
};
