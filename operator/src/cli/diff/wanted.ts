import { isAccount, type Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import type { Installation } from "../../desired/account/installation.ts";
import { buildFoundation, buildServices } from "../../desired/platform/build-platform.ts";
import type { Capabilities } from "../../desired/platform/context.ts";
import { deploymentOf } from "../../plan/deployment-of.ts";
import { wantedOf } from "../../plan/plan-account.ts";
import { scalingFor } from "../../plan/scaling-for.ts";
import { scaleFieldManager } from "../../desired/scaling/replicas.ts";
import { fieldManager } from "../../api/names.ts";
import { contextOf, installationOf, localInstallation } from "./installation.ts";

/** One object as the operator would apply it. */
export interface Wanted {
  object: KubeObject;
  fieldManager: string;
}

/** Whether the operator acts on it at all. */
export const isActing = (owner: KubeObject): boolean =>
  isAccount(owner)
    ? owner.spec.reconcilePolicy === "Apply"
    : (owner as Platform).spec.reconcilePolicy === "Apply" && !(owner as Platform).spec.paused;

/** What owners are built into objects with: the installation as it is, or as it would be. */
export type Side =
  | { runs: "processes"; now: Date }
  | { runs: "pods"; now: Date; capabilities: Capabilities; platform: Platform | undefined };

/** Everything an owner becomes, with migrations done, or why that is nothing. */
export const wantedOfOwner = (
  owner: KubeObject,
  side: Side,
  owned: readonly KubeObject[],
): { objects: Wanted[] } | { nothing: string } => {
  if (isAccount(owner)) return wantedOfAccount(owner, side, owned);
  if (side.runs === "processes") return { nothing: "the local runtime has no Platforms" };
  if (side.platform?.metadata.name !== owner.metadata.name) {
    return { nothing: "another Platform of the namespace is older, and counts" };
  }
  const context = contextOf(side.platform, side.capabilities);
  const objects = [...buildFoundation(context), ...buildServices(context)];
  return { objects: objects.map((object) => ({ object, fieldManager })) };
};

const notAsked = { ok: false, message: "the operator knows; this program does not ask" } as const;

/** With as many pods as it has: the queue is not asked. */
const wantedOfAccount = (
  account: Account,
  side: Side,
  owned: readonly KubeObject[],
): ReturnType<typeof wantedOfOwner> => {
  const installation = installationFor(side);
  if (installation === undefined)
    return { nothing: "its namespace has no Platform: no pod starts" };
  const observed = {
    ...{ account, owned, now: side.now, pods: [], storm: undefined, traceparent: undefined },
    depth: notAsked,
    runtime: notAsked,
    registration: { ok: true },
    start: { ok: true },
    installation: { ok: true, installation },
  } as const;
  const scaling = scalingFor(observed, deploymentOf(owned));
  const { replicas } = scaling;
  const scale =
    replicas === undefined ? [] : [{ object: replicas, fieldManager: scaleFieldManager }];
  const objects = wantedOf(observed, scaling).filter(({ kind }) => kind !== "Secret");
  return { objects: [...objects.map((object) => ({ object, fieldManager })), ...scale] };
};

const installationFor = (side: Side): Installation | undefined => {
  if (side.runs === "processes") return localInstallation;
  const { platform, capabilities } = side;
  return platform === undefined ? undefined : installationOf(contextOf(platform, capabilities));
};
