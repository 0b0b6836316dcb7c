import {
  ensureAccountRoute,
  eraseSessionRoute,
  listAccountRuntimeRoute,
  logoutRuntimeRoute,
} from "@rarity/contracts/internal";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import type { AccountsDeps } from "../usecases/ports.ts";

/** What the operator asks and says. */
export const internalRoutes = ({ store, now }: AccountsDeps): Registration[] => [
  handle(ensureAccountRoute, async ({ params, body }) => {
    const id = params.id.toLowerCase();
    const isEnsured = await store.ensure(id, body);
    if (!isEnsured) {
      throw new AppError("CONFLICT", `There is another account called ${body.name}`);
    }
    const { orgId, name, channel } = body;
    return { id, orgId, name, channel };
  }),
  handle(logoutRuntimeRoute, async ({ params, body }) => ({
    done: await store.requestLogout(body.orgId, params.id.toLowerCase(), body.reason),
  })),
  handle(eraseSessionRoute, async ({ params, body }) => {
    await store.eraseSession(body.orgId, params.id.toLowerCase(), body.reason);
    return { done: true };
  }),
  handle(listAccountRuntimeRoute, async () => ({
    at: now().toISOString(),
    accounts: await store.runtimes(),
  })),
];
