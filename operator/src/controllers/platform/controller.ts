import { shortHash } from "../../api/names.ts";
import type { KubeObject, ObjectRef } from "../../api/objects.ts";
import { platformLabel } from "../../api/platform-names.ts";
import type { Platform, PlatformStatus } from "../../api/platform.ts";
import { planPlatform } from "../../plan/plan-platform.ts";
import { refusedStatus } from "../../plan/refused-status.ts";
import { actOnPlan, type ActDeps } from "../runtime/act-on-plan.ts";
import type { Controller, Work, WorkResult } from "../runtime/controller.ts";
import { observePlatform, platformChildKinds, type ObservePlatformDeps } from "./observe.ts";

export interface PlatformControllerDeps extends ObservePlatformDeps, ActDeps {
  /** What accounts of the namespace run on has changed. */
  onInstallationChange: (namespace: string) => void;
}

/** Reconciles Platforms: observe, plan, apply, one status write. */
export const createPlatformController = (deps: PlatformControllerDeps): Controller => {
  const installed = new Map<string, string>();
  return {
    kind: "Platform",
    watches: platformChildKinds.map((kind) => ({
      kind,
      concerns: ({ object }) => platformOf(object),
    })),
    reconcile: async (ref, work) => reconcilePlatform(deps, ref, work, installed),
    forget: (object) => {
      installed.delete(object.metadata.uid ?? "");
      void deps.directory.forget(object as Platform);
      deps.onInstallationChange(object.metadata.namespace);
    },
  };
};

/** Only its own children: account Deployments carry the label of their Platform on pods alone. */
const platformOf = ({ metadata }: KubeObject): ObjectRef[] => {
  const name = metadata.labels?.[platformLabel];
  return name === undefined ? [] : [{ kind: "Platform", namespace: metadata.namespace, name }];
};

const reconcilePlatform = async (
  deps: PlatformControllerDeps,
  ref: ObjectRef,
  work: Work,
  installed: Map<string, string>,
): Promise<WorkResult> => {
  const platform = (await deps.cluster.get(ref)) as Platform | undefined;
  // Children go with their owner: the cluster collects them by owner reference.
  if (platform === undefined || platform.metadata.deletionTimestamp !== undefined) return {};
  work.span.link(platform);
  const observed = await observePlatform(deps, platform, work);
  const plan = planPlatform(observed);
  await actOnPlan<PlatformStatus>(deps, {
    owner: platform,
    plan,
    observed: observed.owned,
    statusAfter: (status, { message }) =>
      refusedStatus(platform, status, { message, now: observed.now }),
  });
  tellAccounts(deps, platform, installed, plan.installationOf);
  return { requeueAfterMs: plan.requeueAfterMs };
};

/** Accounts are looked at when what they are made from has changed, and not otherwise. */
const tellAccounts = (
  deps: PlatformControllerDeps,
  { metadata }: Platform,
  installed: Map<string, string>,
  installation: unknown,
): void => {
  const uid = metadata.uid ?? "";
  const hash = shortHash(installation);
  if (installed.get(uid) === hash) return;
  installed.set(uid, hash);
  deps.onInstallationChange(metadata.namespace);
};
