import {
  accountKinds,
  type Account,
  type AccountKind,
  type AccountStatus,
} from "../../api/account-kinds.ts";
import { accountIdOf, labels } from "../../api/names.ts";
import { refKey, refOf, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import { planAccount, type AccountObservation, type AccountPlan } from "../../plan/plan-account.ts";
import { refusedStatus } from "../../plan/refused-status.ts";
import { actOnPlan } from "../runtime/act-on-plan.ts";
import type { Controller, Work, WorkResult } from "../runtime/controller.ts";
import { holdAccount, type FinalizeDeps } from "./finalize.ts";
import { clusterChildKinds, observeAccount, startLimitsOf } from "./observe.ts";
import type { SourceWatch } from "./source-watch.ts";
import type { StartSlots } from "./start-slots.ts";

const unregisteredRetryMs = 1_000;

export interface AccountControllerDeps extends FinalizeDeps {
  slots: StartSlots;
  watch: SourceWatch;
}

/** Reconciles one kind of account: observe, plan, apply, one status write. */
export const createAccountController = (
  deps: AccountControllerDeps,
  kind: AccountKind,
): Controller => ({
  kind,
  // The account is in the labels: a pod's owner is a ReplicaSet.
  watches: accountWatchedKinds.map((watched) => ({
    kind: watched,
    concerns: ({ object }) => accountOf(object, kind),
  })),
  reconcile: async (ref, work) => reconcileAccount(deps, ref, work),
  forget: (object) => {
    deps.registrar.forget(accountIdOf(object as Account));
    deps.slots.forget(refKey(refOf(object)));
    deps.watch.forget(accountIdOf(object as Account));
  },
});

/** In one go, so that two accounts cannot take the same slot. */
const planWithinBudget = (slots: StartSlots, observed: AccountObservation): AccountPlan => {
  const { account, installation } = observed;
  const key = refKey(refOf(account));
  const start = slots.mayStart(key, account, startLimitsOf(installation));
  const plan = planAccount({ ...observed, start });
  slots.note(key, account, plan.isStarting);
  return plan;
};

/** Pods for what keeps them from running. */
export const accountWatchedKinds = ["Pod", ...clusterChildKinds] as const;

const accountOf = ({ metadata }: KubeObject, kind: AccountKind): ObjectRef[] => {
  const {
    [labels.name]: channel,
    [labels.instance]: name,
    [labels.accountId]: id,
  } = metadata.labels ?? {};
  if (id === undefined || name === undefined || channel !== accountKinds[kind].channel) return [];
  return [{ kind, namespace: metadata.namespace, name }];
};

const reconcileAccount = async (
  deps: AccountControllerDeps,
  ref: ObjectRef,
  work: Work,
): Promise<WorkResult> => {
  const account = (await deps.cluster.get(ref)) as Account | undefined;
  // Children go with their owner: the cluster collects them by owner reference.
  if (account === undefined) return {};
  work.span.link(account);
  deps.watch.follow(accountIdOf(account), ref);
  const held = await holdAccount(deps, account, work);
  if (held !== undefined) return held;
  const observed = await observeAccount(deps, account, work);
  const plan = planWithinBudget(deps.slots, observed);
  await actOnPlan<AccountStatus>(deps, {
    owner: account,
    plan,
    observed: observed.owned,
    statusAfter: (status, { message }) =>
      refusedStatus(account, status, { message, now: observed.now }),
  });
  return observed.registration.ok
    ? { requeueAfterMs: plan.requeueAfterMs }
    : { requeueAfterMs: Math.min(unregisteredRetryMs, plan.requeueAfterMs ?? Infinity) };
};
