import { createLogger } from "@rarity/platform/logger";
import { runService } from "@rarity/platform/lifecycle";
import { startTelemetry } from "@rarity/platform/telemetry";
import { loadAccountsConfig } from "./config.ts";
import { startAccounts } from "./start-accounts.ts";

const config = loadAccountsConfig();
const logger = createLogger({ service: "accounts", level: config.LOG_LEVEL });

await runService({
  name: "accounts",
  logger,
  drainMs: config.DRAIN_MS,
  start: async (scope) => {
    const telemetry = await startTelemetry({
      serviceName: "accounts",
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      logger,
    });
    scope.onStop("telemetry", () => telemetry.shutdown());
    const { url } = await startAccounts({ config, logger, scope });
    logger.info({ url }, "listening");
  },
});
