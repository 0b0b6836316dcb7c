import { accountKinds, allAccountKinds } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import { buildAccountRights } from "./account-rights.ts";
import { wantedComponents, type PlatformContext } from "./context.ts";
import { buildDeployment } from "./deployment.ts";
import { buildDisruptionBudget } from "./disruption-budget.ts";
import { buildMigrationJob } from "./migration-job.ts";
import { buildMonitoring } from "./monitoring.ts";
import { buildNetworkPolicies } from "./network-policies.ts";
import { buildSandboxTrust } from "./sandbox-trust.ts";
import { buildService, buildServiceAccount } from "./service.ts";
import { buildWayIn } from "./way-in.ts";

const channels = allAccountKinds.map((kind) => accountKinds[kind].channel);

/** What has to be there before anything runs: identities, policies and the migration. */
export const buildFoundation = (context: PlatformContext): KubeObject[] => [
  ...["migrate", ...wantedComponents(context), ...channels].map((component) =>
    buildServiceAccount(context.platform, component),
  ),
  ...buildAccountRights(context.platform),
  ...buildNetworkPolicies(context),
  buildMigrationJob(context),
];

/** What runs once the migrations of its version are applied. */
export const buildServices = (context: PlatformContext): KubeObject[] => {
  const { platform } = context;
  const perComponent = wantedComponents(context).flatMap((component) => [
    buildService(platform, component),
    buildDeployment(context, component),
    buildDisruptionBudget(platform, component),
  ]);
  return [
    ...perComponent,
    buildSandboxTrust(context),
    buildWayIn(context),
    ...buildMonitoring(context),
  ].filter((object) => object !== undefined);
};
