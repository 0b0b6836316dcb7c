import type { Account, CreateAccountBody } from "@rarity/contracts/accounts";
import { AppError } from "@rarity/platform/errors";
import { resourceName } from "../domain/resource-name.ts";
import { findAccount } from "./find-account.ts";
import type { AccountsDeps } from "./ports.ts";

/** Writes the account's resource, and its row so that it can be read at once. Both or none. */
export const createAccount = async (
  deps: AccountsDeps,
  orgId: string,
  body: CreateAccountBody,
): Promise<Account> => {
  if (body.channel !== "whatsapp") {
    const issues = [{ path: "channel", message: "only whatsapp accounts can be created yet" }];
    throw new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
  }
  const id = deps.newId();
  const { channel, name, phone, limits, pacing } = body;
  const displayName = body.displayName ?? name;
  const row = {
    id,
    name,
    displayName,
    channel,
    phone: phone ?? null,
    limits: limits ?? {},
    pacing: pacing ?? {},
  };
  const isNew = await deps.store.create(orgId, row, async () =>
    deps.resources.create(resourceName(name, orgId), specOf(body, { id, orgId, displayName })),
  );
  if (!isNew) throw new AppError("CONFLICT", `There is already an account called ${name}`);
  return findAccount(deps, { orgId, id });
};

const specOf = (
  body: CreateAccountBody,
  named: { id: string; orgId: string; displayName: string },
): Record<string, unknown> => {
  const { phone, pairing, limits, pacing } = body;
  const { minReplicas, maxReplicas, hibernateAfterSeconds } = body;
  return {
    accountId: named.id,
    orgId: named.orgId,
    displayName: named.displayName,
    phone,
    pairing,
    limits,
    pacing,
    minReplicas,
    maxReplicas,
    hibernateAfterSeconds,
    // Nobody could get at the session of an account that was removed here: its id is not used again.
    deletionPolicy: "Delete",
  };
};
