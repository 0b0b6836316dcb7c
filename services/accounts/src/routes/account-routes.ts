import {
  createAccountRoute,
  deleteAccountRoute,
  getAccountLimitsRoute,
  getAccountRoute,
  getPairingRoute,
  listAccountsRoute,
  logoutAccountRoute,
  pauseAccountRoute,
  resumeAccountRoute,
  startPairingRoute,
  updateAccountRoute,
} from "@rarity/contracts/accounts";
import type { AuthContext } from "@rarity/platform/auth";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import { deleteAccount, setPaused, updateAccount } from "../usecases/change-account.ts";
import { createAccount } from "../usecases/create-account.ts";
import { logoutAccount } from "../usecases/end-session.ts";
import { findAccount, type AccountKey } from "../usecases/find-account.ts";
import { listAccounts } from "../usecases/list-accounts.ts";
import { readPairing, startPairing } from "../usecases/pairing.ts";
import type { AccountsDeps } from "../usecases/ports.ts";
import { readLimits } from "../usecases/read-limits.ts";

const orgOf = ({ orgId }: AuthContext): string => {
  if (orgId === null) throw new AppError("FORBIDDEN", "Choose an organization first");
  return orgId;
};

const keyOf = (request: { auth: AuthContext; params: { id: string } }): AccountKey => ({
  orgId: orgOf(request.auth),
  id: request.params.id.toLowerCase(),
});

/** The REST API of sending accounts. */
export const accountRoutes = (deps: AccountsDeps): Registration[] => [
  handle(listAccountsRoute, async ({ auth, query }) =>
    listAccounts(deps, orgOf(auth), {
      limit: query.limit,
      channel: query.channel,
      state: query.state,
      after: query.after,
      before: query.before,
    }),
  ),
  handle(createAccountRoute, async ({ auth, body }) => createAccount(deps, orgOf(auth), body)),
  handle(getAccountRoute, async (request) => findAccount(deps, keyOf(request))),
  handle(updateAccountRoute, async (request) => updateAccount(deps, keyOf(request), request.body)),
  handle(deleteAccountRoute, async (request) => deleteAccount(deps, keyOf(request))),
  handle(pauseAccountRoute, async (request) => setPaused(deps, keyOf(request), true)),
  handle(resumeAccountRoute, async (request) => setPaused(deps, keyOf(request), false)),
  handle(logoutAccountRoute, async (request) => logoutAccount(deps, keyOf(request))),
  handle(getPairingRoute, async (request) => readPairing(deps, keyOf(request))),
  handle(startPairingRoute, async (request) => startPairing(deps, keyOf(request), request.body)),
  handle(getAccountLimitsRoute, async (request) => readLimits(deps, keyOf(request))),
];
