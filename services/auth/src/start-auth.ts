import { createTokenVerifier, type AuthContext, type TokenVerifier } from "@rarity/platform/auth";
import { createHttpServer } from "@rarity/platform/http";
import type { Scope } from "@rarity/platform/lifecycle";
import type { Logger } from "@rarity/platform/logger";
import { createMetrics } from "@rarity/platform/metrics";
import { createPool, createTenantSealer, type Pool } from "@rarity/platform/postgres";
import { createArgon2Passwords } from "./adapters/passwords/argon2-passwords.ts";
import { createApiKeys } from "./adapters/store/api-keys.ts";
import { createMembers } from "./adapters/store/members.ts";
import { createOrganizations } from "./adapters/store/organizations.ts";
import { createRefreshTokens } from "./adapters/store/refresh-tokens.ts";
import { createUsers } from "./adapters/store/users.ts";
import { createEs256Issuer } from "./adapters/tokens/es256-issuer.ts";
import { loadSigningKeys } from "./adapters/tokens/signing-keys.ts";
import type { AuthConfig } from "./config.ts";
import { createRateLimiter } from "./domain/rate-limiter.ts";
import { organizationRoutes } from "./routes/organization-routes.ts";
import { sessionRoutes } from "./routes/session-routes.ts";
import type { AuthDeps } from "./usecases/ports.ts";
import { verifyApiKey } from "./usecases/verify-api-key.ts";

export interface AuthStartDeps {
  readonly config: AuthConfig;
  readonly logger: Logger;
  readonly scope: Pick<Scope, "onStop" | "ready">;
}

/** Puts the service together and listens; answers the port, which differs from the asked one for 0. */
export async function startAuth({ config, logger, scope }: AuthStartDeps): Promise<number> {
  const pool = createPool({
    connectionString: config.DATABASE_URL,
    applicationName: "auth",
    max: config.DATABASE_CONNECTIONS_MAX,
    logger,
  });
  scope.onStop("database", () => pool.end());
  const deps = await createDeps(config, pool);
  const server = await createHttpServer({
    logger,
    metrics: createMetrics("auth"),
    host: config.HOST,
    port: config.PORT,
    routes: [...sessionRoutes(deps), ...organizationRoutes(deps)],
    verifier: createVerifier(config, deps),
    internalToken: config.INTERNAL_TOKEN,
    ready: async () => scope.ready() && (await answers(pool)),
    draining: () => !scope.ready(),
  });
  scope.onStop("listener", () => server.close());
  return server.port;
}

async function createDeps(config: AuthConfig, pool: Pool): Promise<AuthDeps> {
  const sealer = createTenantSealer(config.TENANT_SEAL_KEY);
  const now = (): Date => new Date();
  const fiveMinutes = 300_000;
  return {
    users: createUsers(pool),
    refreshTokens: createRefreshTokens(pool),
    organizations: createOrganizations(pool),
    members: createMembers(pool, sealer),
    apiKeys: createApiKeys(pool, sealer),
    passwords: await createArgon2Passwords({ concurrencyMax: 2, waitingMax: 200 }),
    tokens: await createEs256Issuer({
      keys: await loadSigningKeys(config.SIGNING_KEY_FILE),
      issuer: config.AUTH_ISSUER,
      audience: config.AUTH_AUDIENCE,
      lifetimeS: config.ACCESS_TOKEN_TTL_S,
      now,
    }),
    limiter: createRateLimiter(() => performance.now()),
    limits: {
      signUpsPerCaller: { burst: config.SIGN_UPS_PER_HOUR, windowMs: 3_600_000 },
      signInsPerCaller: { burst: config.SIGN_INS_PER_5_MINUTES, windowMs: fiveMinutes },
      signInsPerCallerAndEmail: {
        burst: config.SIGN_INS_PER_EMAIL_PER_5_MINUTES,
        windowMs: fiveMinutes,
      },
    },
    refreshLifetimeS: config.REFRESH_TOKEN_TTL_S,
    now,
  };
}

/** Its own tokens and keys, checked without a detour over the network. */
function createVerifier(config: AuthConfig, deps: AuthDeps): TokenVerifier {
  const { keys } = deps.tokens.jwks();
  return createTokenVerifier({
    issuers: [
      {
        issuer: config.AUTH_ISSUER,
        audience: config.AUTH_AUDIENCE,
        algorithms: ["ES256"],
        publicJwks: { keys },
      },
    ],
    verifyApiKey: (key) => apiKeyContext(deps, key),
  });
}

async function apiKeyContext(deps: AuthDeps, key: string): Promise<AuthContext | null> {
  const { valid, keyId, orgId, userId, role, scopes, expiresAt } = await verifyApiKey(deps, key);
  if (!valid || keyId === null) return null;
  const tokenExp = expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt) / 1000;
  return { kind: "apiKey", userId: userId ?? keyId, orgId, role, scopes, tokenExp };
}

async function answers(pool: Pool): Promise<boolean> {
  return pool.query("select 1").then(
    () => true,
    () => false,
  );
}
