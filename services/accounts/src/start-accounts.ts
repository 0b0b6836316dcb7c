import { randomUUIDv7 } from "node:crypto";
import { createTokenVerifier } from "@rarity/platform/auth";
import { createHttpServer, type HttpServer } from "@rarity/platform/http";
import type { Scope } from "@rarity/platform/lifecycle";
import type { Logger } from "@rarity/platform/logger";
import { createMetrics } from "@rarity/platform/metrics";
import { createPool, createTenantSealer, type Pool } from "@rarity/platform/postgres";
import { toDataURL } from "qrcode";
import { createApiKeyVerifier } from "./adapters/auth/verify-api-key.ts";
import { createAccountResources } from "./adapters/operator/account-resources.ts";
import { createAccountStore } from "./adapters/store/account-store.ts";
import type { AccountsConfig } from "./config.ts";
import { accountRoutes } from "./routes/account-routes.ts";
import { internalRoutes } from "./routes/internal-routes.ts";
import type { AccountsDeps } from "./usecases/ports.ts";

export interface StartAccounts {
  config: AccountsConfig;
  logger: Logger;
  scope: Pick<Scope, "onStop" | "ready">;
}

export const startAccounts = async ({
  config,
  logger,
  scope,
}: StartAccounts): Promise<HttpServer> => {
  const pool = createPool({
    connectionString: config.DATABASE_URL,
    applicationName: "accounts",
    max: config.DATABASE_POOL_MAX,
    logger,
  });
  scope.onStop("database", () => pool.end());

  const deps: AccountsDeps = {
    store: createAccountStore(pool, createTenantSealer(config.TENANT_SEAL_KEY)),
    resources: createAccountResources({
      operatorUrl: config.OPERATOR_URL,
      namespace: config.ACCOUNT_NAMESPACE,
      tokenFile: config.OPERATOR_TOKEN_FILE,
    }),
    newId: () => randomUUIDv7(),
    drawQr: async (text) => toDataURL(text, { errorCorrectionLevel: "L", margin: 2, width: 320 }),
    now: () => new Date(),
  };
  const server = await createHttpServer({
    logger,
    metrics: createMetrics("accounts"),
    host: config.HOST,
    port: config.PORT,
    ready: async () => scope.ready() && (await answers(pool)),
    draining: () => !scope.ready(),
    internalToken: config.INTERNAL_TOKEN,
    verifier: createTokenVerifier({
      issuers: [
        {
          issuer: config.AUTH_ISSUER,
          audience: config.AUTH_AUDIENCE,
          jwksUrl: config.AUTH_JWKS_URL,
          algorithms: ["ES256", "RS256", "EdDSA"],
        },
      ],
      verifyApiKey: createApiKeyVerifier(config.AUTH_URL, config.INTERNAL_TOKEN),
    }),
    routes: [...accountRoutes(deps), ...internalRoutes(deps)],
  });
  scope.onStop("http", server.close);
  return server;
};

const answers = (pool: Pool): Promise<boolean> =>
  pool.query("select 1").then(
    () => true,
    () => false,
  );
