import type { Account, UpdateAccountBody } from "@rarity/contracts/accounts";
import { findAccount, findResource, findRow, type AccountKey } from "./find-account.ts";
import type { AccountsDeps } from "./ports.ts";

/** The resource first: it is the truth, and it refuses what does not fit together. */
export const updateAccount = async (
  deps: AccountsDeps,
  key: AccountKey,
  body: UpdateAccountBody,
): Promise<Account> => {
  await findRow(deps, key);
  const resource = await findResource(deps, key);
  if (resource !== undefined) await deps.resources.patchSpec(resource, body);
  const { displayName, limits, pacing } = body;
  await deps.store.update(key.orgId, key.id, {
    ...(displayName === undefined ? {} : { displayName }),
    ...(limits === undefined ? {} : { limits }),
    ...(pacing === undefined ? {} : { pacing }),
  });
  return findAccount(deps, key);
};

/** Takes effect at the channel's next claim, because the row says so at once. */
export const setPaused = async (
  deps: AccountsDeps,
  key: AccountKey,
  paused: boolean,
): Promise<Account> => {
  await findRow(deps, key);
  const resource = await findResource(deps, key);
  if (resource !== undefined) await deps.resources.patchSpec(resource, { paused });
  await deps.store.setPaused(key.orgId, key.id, paused);
  return findAccount(deps, key);
};

/** The resource goes, and with it the process; the row stays hidden for the history's sake. */
export const deleteAccount = async (deps: AccountsDeps, key: AccountKey): Promise<void> => {
  await findRow(deps, key);
  const resource = await findResource(deps, key);
  if (resource !== undefined) await deps.resources.remove(resource);
  await deps.store.remove(key.orgId, key.id);
};
