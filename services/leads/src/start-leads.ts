import { createTokenVerifier, type TokenVerifier } from "@rarity/platform/auth";
import { createHttpServer } from "@rarity/platform/http";
import type { Scope } from "@rarity/platform/lifecycle";
import type { Logger } from "@rarity/platform/logger";
import { createMetrics } from "@rarity/platform/metrics";
import { createPool, createTenantSealer, type Pool } from "@rarity/platform/postgres";
import { createLeadsStore } from "./adapters/store/leads-store.ts";
import { createApiKeyVerifier } from "@rarity/platform/auth";
import type { LeadsConfig } from "./config.ts";
import { companyRoutes } from "./routes/company-routes.ts";
import { leadRoutes } from "./routes/lead-routes.ts";

export interface LeadsStartDeps {
  readonly config: LeadsConfig;
  readonly logger: Logger;
  readonly scope: Pick<Scope, "onStop" | "ready">;
  /** Default: tokens of the configured issuer, and API keys when the auth service is configured. */
  readonly verifier?: TokenVerifier;
}

/** Puts the service together and listens; answers the port, which differs from the asked one for 0. */
export async function startLeads({
  config,
  logger,
  scope,
  verifier = createVerifier(config),
}: LeadsStartDeps): Promise<number> {
  const pool = createPool({
    connectionString: config.DATABASE_URL,
    applicationName: "leads",
    max: config.DATABASE_CONNECTIONS_MAX,
    logger,
  });
  scope.onStop("database", () => pool.end());
  const store = createLeadsStore({ pool, sealer: createTenantSealer(config.TENANT_SEAL_KEY) });
  const server = await createHttpServer({
    logger,
    metrics: createMetrics("leads"),
    host: config.HOST,
    port: config.PORT,
    routes: [...leadRoutes(store), ...companyRoutes(store)],
    verifier,
    internalToken: config.INTERNAL_TOKEN,
    ready: async () => scope.ready() && (await answers(pool)),
    draining: () => !scope.ready(),
  });
  scope.onStop("listener", () => server.close());
  return server.port;
}

function createVerifier(config: LeadsConfig): TokenVerifier {
  const issuer = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    jwksUrl: config.AUTH_JWKS_URL,
    algorithms: ["ES256", "RS256", "EdDSA"],
  };
  if (config.AUTH_URL === undefined) return createTokenVerifier({ issuers: [issuer] });
  const verifyApiKey = createApiKeyVerifier({
    authUrl: config.AUTH_URL,
    internalToken: config.INTERNAL_TOKEN,
  });
  return createTokenVerifier({ issuers: [issuer], verifyApiKey });
}

async function answers(pool: Pool): Promise<boolean> {
  return pool.query("select 1").then(
    () => true,
    () => false,
  );
}
