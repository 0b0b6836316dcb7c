import { runService } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import { startTelemetry } from "@rarity/platform/telemetry";
import { loadAuthConfig } from "./config.ts";
import { startAuth } from "./start-auth.ts";

const config = loadAuthConfig();
const logger = createLogger({ service: "auth", level: config.LOG_LEVEL });

await runService({
  name: "auth",
  logger,
  drainMs: config.DRAIN_MS,
  start: async (scope) => {
    const telemetry = await startTelemetry({
      serviceName: "auth",
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      logger,
    });
    scope.onStop("telemetry", () => telemetry.shutdown());
    const port = await startAuth({ config, logger, scope });
    logger.info({ host: config.HOST, port }, "listening");
  },
});
