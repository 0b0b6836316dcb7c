import type { Account } from "@rarity/contracts/accounts";
import { AppError } from "@rarity/platform/errors";
import { describeAccount } from "../domain/describe-account.ts";
import type { AccountResource, AccountRow, AccountsDeps } from "./ports.ts";

export interface AccountKey {
  orgId: string;
  id: string;
}

/** The stored account, or NOT_FOUND. Another organization's account is not found either. */
export const findRow = async (
  { store }: Pick<AccountsDeps, "store">,
  { orgId, id }: AccountKey,
): Promise<AccountRow> => {
  const row = await store.get(orgId, id);
  if (row === undefined) throw new AppError("NOT_FOUND");
  return row;
};

/** Undefined when no resource made this account. */
export const findResource = async (
  { resources }: Pick<AccountsDeps, "resources">,
  { orgId, id }: AccountKey,
): Promise<AccountResource | undefined> =>
  (await resources.list()).find(
    (resource) => resource.accountId === id && resource.orgId === orgId.toLowerCase(),
  );

export const findAccount = async (deps: AccountsDeps, key: AccountKey): Promise<Account> => {
  const [row, all] = await Promise.all([findRow(deps, key), listResources(deps)]);
  return describeAccount(row, all.get(key.id));
};

/** Reading goes on without the operator; only the number of processes is unknown then. */
export const listResources = async ({
  resources,
}: Pick<AccountsDeps, "resources">): Promise<Map<string, AccountResource>> => {
  try {
    return new Map((await resources.list()).map((resource) => [resource.accountId, resource]));
  } catch {
    return new Map();
  }
};
