import { type Account, type AccountKind, type AccountStatus } from "../../api/account-kinds.ts";
import { accountIdOf } from "../../api/names.ts";
import type { ObjectRef } from "../../api/objects.ts";
import { planAccount, type AccountObservation, type AccountPlan } from "../../plan/plan-account.ts";
import { refusedStatus } from "../../plan/refused-status.ts";
import { actOnPlan } from "../runtime/act-on-plan.ts";
import type { Controller, Work, WorkResult } from "../runtime/controller.ts";
import { holdAccount, type FinalizeDeps } from "./finalize.ts";
import { observeAccount, startLimitsOf } from "./observe.ts";
import type { SourceWatch } from "./source-watch.ts";
import type { StartSlots } from "./start-slots.ts";
import type { StatusPace } from "./status-pace.ts";
import { watchesOf } from "./watches.ts";

const unregisteredRetryMs = 1_000;

export interface AccountControllerDeps extends FinalizeDeps {
  slots: StartSlots;
  pace: StatusPace;
  watch: SourceWatch;
}

/** Reconciles one kind of account: observe, plan, apply, one status write. */
export const createAccountController = (
  deps: AccountControllerDeps,
  kind: AccountKind,
): Controller => ({
  kind,
  watches: watchesOf(kind),
  reconcile: async (ref, work) => reconcileAccount(deps, ref, work),
  forget: (object) => {
    deps.registrar.forget(accountIdOf(object as Account));
    deps.slots.forget(object as Account);
    deps.pace.forget(object as Account);
    deps.watch.forget(accountIdOf(object as Account));
  },
});

/** In one go, so that two accounts cannot take the same slot. */
const planWithinBudget = (slots: StartSlots, observed: AccountObservation): AccountPlan => {
  const { account, installation } = observed;
  const limits = startLimitsOf(installation);
  const start = slots.mayStart(account, limits);
  const plan = planAccount({ ...observed, start });
  slots.note(account, plan.start, limits);
  return plan;
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
  const waitMs = deps.pace.waitMs(account, plan);
  await actOnPlan<AccountStatus>(deps, {
    owner: account,
    plan,
    isQuiet: waitMs > 0,
    observed: observed.owned,
    statusAfter: (status, { message }) =>
      refusedStatus(account, status, { message, now: observed.now }),
  });
  return {
    requeueAfterMs: soonestOf(
      plan.requeueAfterMs,
      waitMs > 0 ? waitMs : undefined,
      observed.registration.ok ? undefined : unregisteredRetryMs,
    ),
  };
};

const soonestOf = (...delaysMs: (number | undefined)[]): number | undefined => {
  const known = delaysMs.filter((delayMs) => delayMs !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};
