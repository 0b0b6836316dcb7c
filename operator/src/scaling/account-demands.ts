import { needOf } from "./need.ts";
import type { AccountDemand, DemandSource } from "./metrics-server/demand-source.ts";
import type { AccountWork, ScaledAccount } from "./scaling-types.ts";

export interface AccountDemandsDeps {
  /** Accounts of a namespace with their ids, from the cache; only that account when an id is given. */
  accountsIn: (
    namespace: string,
    accountId: string | undefined,
  ) => readonly { accountId: string; account: ScaledAccount }[];
  workOf: (accountId: string) => AccountWork;
  now: () => Date;
}

/** What autoscalers are told, from the same readings and rules that the operator decides with. */
export const createAccountDemands = (deps: AccountDemandsDeps): DemandSource => ({
  demandsIn: (namespace, accountId) =>
    deps.accountsIn(namespace, accountId).map((each) => ({
      namespace,
      accountId: each.accountId,
      demand: demandOf(each.account, deps.workOf(each.accountId), deps.now()),
    })),
});

const demandOf = (
  account: ScaledAccount,
  work: AccountWork,
  now: Date,
): AccountDemand["demand"] => {
  const { depth } = work;
  if (!depth.ok) return { ok: false, message: depth.message };
  return {
    ok: true,
    value: needOf(account, { ...work, depth: depth.depth }, now).demand,
    readAt: now,
  };
};
