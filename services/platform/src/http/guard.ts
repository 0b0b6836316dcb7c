import { createHash, timingSafeEqual } from "node:crypto";
import type { RouteDefinition } from "@rarity/contracts/route";
import type { FastifyRequest } from "fastify";
import type { AuthContext, TokenVerifier } from "../auth/index.ts";
import { AppError } from "../errors/index.ts";

export type GuardOptions = {
  /** Tokens and API keys; absent in a service that has internal routes only. */
  verifier?: TokenVerifier;
  internalToken?: string;
};

export type Guard = (route: RouteDefinition, request: FastifyRequest) => Promise<AuthContext>;

const nobody: AuthContext = {
  kind: "service",
  userId: "",
  orgId: null,
  role: null,
  scopes: [],
  tokenExp: Number.MAX_SAFE_INTEGER,
};

const same = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};

/** Decides, before a body is looked at, whether this caller may use this route. */
export const guard =
  (options: GuardOptions): Guard =>
  async (route, request) => {
    if (route.auth === "none") return nobody;
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw new AppError("UNAUTHENTICATED");
    if (route.auth === "internal") {
      const known = options.internalToken;
      if (known === undefined || !same(token, known)) throw new AppError("UNAUTHENTICATED");
      return nobody;
    }
    if (options.verifier === undefined) throw new AppError("UNAUTHENTICATED");
    const auth = await options.verifier.verify(token);
    requireScopes(route, auth);
    return auth;
  };

const requireScopes = (route: RouteDefinition, auth: AuthContext): void => {
  if (route.auth === "tenant" && auth.orgId === null) {
    throw new AppError("FORBIDDEN", "Choose an organization first");
  }
  const missing = (route.scopes ?? []).filter((scope) => !auth.scopes.includes(scope));
  if (missing.length > 0) throw new AppError("FORBIDDEN", undefined, { details: { missing } });
};
