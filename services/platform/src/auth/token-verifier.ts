import { hash } from "node:crypto";
import { UserClaims } from "@rarity/contracts/auth";
import { roleScopes } from "@rarity/contracts/scopes";
import type { Role } from "@rarity/contracts/scopes";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { AppError } from "../errors/index.ts";

export interface AuthContext {
  userId: string;
  /** Null for a person who belongs to no organization yet. */
  orgId: string | null;
  role: Role | null;
  scopes: readonly string[];
  /** Seconds since the epoch. */
  tokenExp: number;
  kind: "user" | "apiKey" | "service";
}

export interface Issuer {
  issuer: string;
  audience?: string;
  jwksUrl?: string;
  hs256Secret?: string;
  publicJwks?: JSONWebKeySet;
  algorithms: readonly string[];
}

export interface TokenVerifierOptions {
  issuers: readonly Issuer[];
  verifyApiKey?: (key: string) => Promise<AuthContext | null>;
  /** Milliseconds since the epoch. */
  clock?: () => number;
  cacheSize?: number;
  /** An API key's answer is trusted this long, so a revocation takes effect within it. */
  apiKeyTtlMs?: number;
}

export interface TokenVerifier {
  verify(token: string): Promise<AuthContext>;
}

interface Cached {
  context: AuthContext;
  until: number;
}

/** Verifies user tokens of the configured issuers and API keys; remembers good ones until they expire. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { clock = Date.now, cacheSize = 10_000, apiKeyTtlMs = 30_000 } = options;
  const keysOf = new Map(options.issuers.map((issuer) => [issuer.issuer, keySource(issuer)]));
  const cache = new Map<string, Cached>();

  const check = async (token: string): Promise<Cached> => {
    if (token.startsWith("rlk_")) {
      const context = await options.verifyApiKey?.(token);
      if (!context) throw new AppError("UNAUTHENTICATED", "The API key is not valid");
      return { context, until: Math.min(clock() + apiKeyTtlMs, context.tokenExp * 1000) };
    }
    const context = await verifyJwt(token, options.issuers, { keysOf, now: new Date(clock()) });
    return { context, until: context.tokenExp * 1000 };
  };

  return {
    verify: async (token) => {
      const id = hash("sha256", token, "base64");
      const known = cache.get(id);
      if (known && known.until > clock()) return known.context;
      cache.delete(id);
      const fresh = await check(token);
      const oldest = cache.keys().next().value;
      if (cache.size >= cacheSize && oldest !== undefined) cache.delete(oldest);
      cache.set(id, fresh);
      return fresh.context;
    },
  };
}

function keySource(issuer: Issuer): JWTVerifyGetKey {
  const { hs256Secret, publicJwks, jwksUrl } = issuer;
  if (publicJwks) return createLocalJWKSet(publicJwks);
  if (jwksUrl) return createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3_000 });
  if (!hs256Secret) throw new Error(`issuer ${issuer.issuer} has no key`);
  const secret = new TextEncoder().encode(hs256Secret);
  return () => Promise.resolve(secret as unknown as Awaited<ReturnType<JWTVerifyGetKey>>);
}

interface VerifyWith {
  keysOf: ReadonlyMap<string, JWTVerifyGetKey>;
  now: Date;
}

async function verifyJwt(
  token: string,
  issuers: readonly Issuer[],
  { keysOf, now }: VerifyWith,
): Promise<AuthContext> {
  try {
    const claimed = decodeJwt(token).iss;
    const issuer = issuers.find((candidate) => candidate.issuer === claimed);
    const keys = issuer && keysOf.get(issuer.issuer);
    if (!issuer || !keys)
      throw new AppError("UNAUTHENTICATED", "The token's issuer is not trusted");
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: issuer.issuer,
      algorithms: [...issuer.algorithms],
      currentDate: now,
      requiredClaims: ["sub", "exp"],
      ...(issuer.audience ? { audience: issuer.audience } : {}),
    });
    // Other kinds of token may be signed by the same key; RFC 9068 calls access tokens at+jwt.
    if (!["JWT", "at+jwt", undefined].includes(protectedHeader.typ)) {
      throw new AppError("UNAUTHENTICATED", "The token is not an access token");
    }
    return toContext(payload);
  } catch (error) {
    throw asAuthError(error);
  }
}

function toContext(payload: unknown): AuthContext {
  const parsed = UserClaims.safeParse(payload);
  if (!parsed.success || parsed.data.role !== "authenticated") {
    throw new AppError("UNAUTHENTICATED", "The token is not a user's access token");
  }
  const { sub, exp, app_metadata: app } = parsed.data;
  const orgId = app?.org_id ?? null;
  const role = orgId ? (app?.org_role ?? "viewer") : null;
  const scopes = role ? roleScopes[role] : [];
  return { userId: sub, orgId, role, scopes, tokenExp: exp, kind: "user" };
}

function asAuthError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) {
    return new AppError("UNAUTHENTICATED", "The token has expired");
  }
  // Not being able to fetch keys is our trouble, not a bad token.
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return new AppError("UNAVAILABLE", "Tokens cannot be verified now", {
      retryAfterS: 2,
      cause: error,
    });
  }
  return new AppError("UNAUTHENTICATED", "The token is not valid", { cause: error });
}
