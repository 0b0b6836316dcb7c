import { runService } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import { startTelemetry } from "@rarity/platform/telemetry";
import { loadOrchestratorConfig } from "./config.ts";
import { startOrchestrator } from "./start-orchestrator.ts";

const config = loadOrchestratorConfig();
const logger = createLogger({ service: "orchestrator", level: config.LOG_LEVEL });

await runService({
  name: "orchestrator",
  logger,
  drainMs: config.DRAIN_MS,
  start: async (scope) => {
    const telemetry = await startTelemetry({
      serviceName: "orchestrator",
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      logger,
    });
    scope.onStop("telemetry", () => telemetry.shutdown());
    const { url } = await startOrchestrator(scope, config, logger);
    logger.info({ url }, "orchestrator listens");
  },
});
