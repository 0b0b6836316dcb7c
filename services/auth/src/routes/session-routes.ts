import {
  getMeRoute,
  jwksRoute,
  refreshRoute,
  signInRoute,
  signOutRoute,
  signUpRoute,
} from "@rarity/contracts/auth";
import { verifyApiKeyRoute } from "@rarity/contracts/internal";
import { defineRoute } from "@rarity/contracts/route";
import { handle, type Registration } from "@rarity/platform/http";
import { getMe } from "../usecases/get-me.ts";
import type { AuthDeps } from "../usecases/ports.ts";
import { refreshSession } from "../usecases/refresh-session.ts";
import { signIn } from "../usecases/sign-in.ts";
import { signOut } from "../usecases/sign-out.ts";
import { signUp } from "../usecases/sign-up.ts";
import { verifyApiKey } from "../usecases/verify-api-key.ts";
import { callerAddress, personOf } from "./callers.ts";

/** The same keys at the address where verifiers look for them (RFC 8615). */
const wellKnownJwksRoute = defineRoute({
  ...jwksRoute,
  path: "/.well-known/jwks.json",
  operationId: "getWellKnownJwks",
});

export function sessionRoutes(deps: AuthDeps): Registration[] {
  return [
    handle(signUpRoute, (request) =>
      signUp(deps, { ...request.body, caller: callerAddress(request) }),
    ),
    handle(signInRoute, (request) =>
      signIn(deps, { ...request.body, caller: callerAddress(request) }),
    ),
    handle(refreshRoute, ({ body }) => refreshSession(deps, body)),
    handle(signOutRoute, ({ body }) => signOut(deps, body)),
    handle(getMeRoute, ({ auth }) => getMe(deps, personOf(auth))),
    handle(verifyApiKeyRoute, ({ body }) => verifyApiKey(deps, body.key)),
    ...[jwksRoute, wellKnownJwksRoute].map((route) =>
      handle(route, ({ reply }) => {
        // Short, so that a new key is known everywhere before it is old enough to sign.
        reply.header("cache-control", "public, max-age=60");
        return Promise.resolve(deps.tokens.jwks());
      }),
    ),
  ];
}
