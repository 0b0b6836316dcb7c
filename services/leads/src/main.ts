import { runService } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import { startTelemetry } from "@rarity/platform/telemetry";
import { loadLeadsConfig } from "./config.ts";
import { startLeads } from "./start-leads.ts";

const config = loadLeadsConfig();
const logger = createLogger({ service: "leads", level: config.LOG_LEVEL });

await runService({
  name: "leads",
  logger,
  drainMs: config.DRAIN_MS,
  start: async (scope) => {
    const telemetry = await startTelemetry({
      serviceName: "leads",
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      logger,
    });
    scope.onStop("telemetry", () => telemetry.shutdown());
    const port = await startLeads({ config, logger, scope });
    logger.info({ host: config.HOST, port }, "listening");
  },
});
