import type { Account } from "@rarity/contracts/accounts";
import { findAccount, findRow, type AccountKey } from "./find-account.ts";
import type { AccountsDeps } from "./ports.ts";

/**
 * Stores the wish. The process that holds the account carries it out as soon as it is connected; the
 * operator wakes one that hibernates.
 */
export const logoutAccount = async (deps: AccountsDeps, key: AccountKey): Promise<Account> => {
  await findRow(deps, key);
  await deps.store.requestLogout(key.orgId, key.id, "logout_requested");
  return findAccount(deps, key);
};
