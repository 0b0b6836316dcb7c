import type { Finding } from "../api/conditions.ts";
import type { Deployment } from "../api/workloads.ts";
import { imageOf, wantedComponents, type PlatformContext } from "../desired/platform/context.ts";
import { componentTable, type Component } from "../desired/platform/components.ts";
import type { MigrationState } from "./migration-state.ts";
import { syncedFinding, type Changes } from "./synced-finding.ts";

interface FindingInput {
  context: PlatformContext;
  deployments: readonly Deployment[];
  migration: MigrationState;
  isAccepted: boolean;
  missing: readonly string[];
  storm: string | undefined;
  changes: Changes;
}

const say = (
  type: string,
  status: Finding["status"],
  reason: string,
  message: string,
): Finding => ({ type, status, reason, message });

/** Every condition of a Platform, decided from what was observed. */
export const platformFindings = (input: FindingInput): Finding[] => {
  const accepted = acceptedFinding(input);
  const migrated = migratedFinding(input.migration);
  const progressing = progressingFinding(input);
  const degraded = degradedFinding(input);
  return [
    readyFinding(input, { accepted, migrated, progressing, degraded }),
    accepted,
    migrated,
    progressing,
    degraded,
    pausedFinding(input.context),
    syncedFinding(policyOf(input.context), input.changes),
    updateFinding(input.context),
    scalingFinding(input.context),
  ];
};

/** Paused is like Observe: the drift is shown and left. */
const policyOf = ({ platform }: PlatformContext): "Apply" | "DryRun" | "Observe" =>
  platform.spec.paused ? "Observe" : platform.spec.reconcilePolicy;

const updateFinding = ({ platform, operatorVersion }: PlatformContext): Finding => {
  const runs = platform.spec.version ?? platform.status?.migratedVersion ?? operatorVersion;
  return runs === operatorVersion
    ? say("UpdateAvailable", "False", "UpToDate", "this operator brings no other version")
    : say(
        "UpdateAvailable",
        "True",
        "OtherVersion",
        `this operator brings ${operatorVersion}: set spec.version: "${operatorVersion}" to change to it`,
      );
};

/** Accounts are scaled in any case; this says how, and why not as asked for. */
const scalingFinding = ({ scaling }: PlatformContext): Finding => {
  if (scaling === undefined) {
    return say("Scaling", "True", "Direct", "the operator writes replicas itself");
  }
  const { isAsAsked, reason, message, mode } = scaling.choice;
  return isAsAsked
    ? say("Scaling", "True", mode, message)
    : say("Scaling", "False", reason, message);
};

const acceptedFinding = ({ context, isAccepted, missing }: FindingInput): Finding => {
  if (!isAccepted) {
    const message = "an older Platform is in this namespace: delete one, or use another namespace";
    return say("Accepted", "False", "AnotherPlatform", message);
  }
  if (missing.length > 0) {
    return say("Accepted", "False", "SecretMissing", missing.slice(0, 5).join("; "));
  }
  const { ingress } = context.platform.spec;
  if (ingress?.type === "HTTPRoute" && !context.capabilities.httpRoute) {
    const message = "the cluster has no HTTPRoute: install the Gateway API, or use type Ingress";
    return say("Accepted", "False", "NoGatewayApi", message);
  }
  return say("Accepted", "True", "Accepted", "nothing in the spec stands against it");
};

const migratedFinding = (migration: MigrationState): Finding => {
  switch (migration.state) {
    case "done":
      return say("Migrated", "True", "Applied", "the migrations of this version are applied");
    case "running":
      return say("Migrated", "False", "Running", migration.message);
    case "failed":
      return say("Migrated", "False", "Failed", migration.message);
  }
};

/** Components which do not yet run, whole, what is asked for. */
const unsettled = ({ context, deployments }: FindingInput): string[] =>
  wantedComponents(context).filter((component) => !isSettled(context, component, deployments));

const isSettled = (
  context: PlatformContext,
  component: Component,
  deployments: readonly Deployment[],
): boolean => {
  const found = deployments.find(
    ({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === component,
  );
  if (found?.status === undefined) return false;
  const { replicas = 1, template } = found.spec;
  const { readyReplicas, updatedReplicas, observedGeneration } = found.status;
  return (
    observedGeneration === found.metadata.generation &&
    template.spec.containers[0]?.image === imageOf(context, componentTable[component].image) &&
    (updatedReplicas ?? 0) >= replicas &&
    (readyReplicas ?? 0) >= replicas
  );
};

const progressingFinding = (input: FindingInput): Finding => {
  const waiting = unsettled(input);
  return waiting.length === 0
    ? say("Progressing", "False", "Settled", "every component runs as asked for")
    : say("Progressing", "True", "Rolling", `not there yet: ${waiting.join(", ")}`);
};

const degradedFinding = ({ migration, deployments, storm }: FindingInput): Finding => {
  if (migration.state === "failed") {
    const message = `${migration.message}; the former version goes on running`;
    return say("Degraded", "True", "MigrationFailed", message);
  }
  if (storm !== undefined) {
    const message = `${storm} changes all the time: this Platform is looked at rarely`;
    return say("Degraded", "True", "WokenTooOften", message);
  }
  const down = deployments.filter(
    ({ spec, status }) => (spec.replicas ?? 1) > 0 && (status?.readyReplicas ?? 0) === 0,
  );
  return down.length === 0
    ? say("Degraded", "False", "AsExpected", "nothing is wrong")
    : say(
        "Degraded",
        "True",
        "NoReadyPod",
        `no pod is ready: ${down.map(({ metadata }) => metadata.name).join(", ")}`,
      );
};

const readyFinding = (
  { context }: FindingInput,
  parts: Record<"accepted" | "migrated" | "progressing" | "degraded", Finding>,
): Finding => {
  const { reconcilePolicy } = context.platform.spec;
  if (reconcilePolicy !== "Apply") {
    return say("Ready", "Unknown", reconcilePolicy, "spec.reconcilePolicy is not Apply");
  }
  const { accepted, migrated, progressing, degraded } = parts;
  const missing = [accepted, migrated].find(({ status }) => status !== "True");
  const broken = [degraded, progressing].find(({ status }) => status === "True");
  const first = missing ?? broken ?? sandboxFinding(context);
  return first === undefined
    ? say("Ready", "True", "Running", "every component runs as asked for")
    : say("Ready", "False", first.reason, first.message);
};

/** Pods of accounts cannot start before they know whom to trust in the sandbox. */
const sandboxFinding = ({ platform, sandboxTrust }: PlatformContext): Finding | undefined => {
  if (platform.spec.sandbox !== "On" || sandboxTrust !== undefined) return undefined;
  const { port } = componentTable.sandbox;
  const message = `the sandbox runs, but the operator cannot read its keys at port ${port}: does a NetworkPolicy stand between them?`;
  return say("Ready", "False", "SandboxUnreadable", message);
};

const pausedFinding = ({ platform }: PlatformContext): Finding =>
  platform.spec.paused
    ? say("Paused", "True", "PausedByUser", "nothing is changed until spec.paused is false")
    : say("Paused", "False", "NotPaused", "the operator acts");
