import { createLogger } from "@rarity/platform/logger";
import { runService } from "@rarity/platform/lifecycle";
import { startTelemetry } from "@rarity/platform/telemetry";
import { loadEdgeConfig } from "./config.ts";
import { startEdge } from "./start-edge.ts";

const config = loadEdgeConfig();
const logger = createLogger({ service: "edge", level: config.LOG_LEVEL });

await runService({
  name: "edge",
  logger,
  drainMs: config.DRAIN_MS,
  start: async (scope) => {
    const telemetry = await startTelemetry({
      serviceName: "edge",
      otlpEndpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      logger,
    });
    scope.onStop("telemetry", () => telemetry.shutdown());
    const port = await startEdge({ config, logger, scope });
    logger.info({ host: config.HOST, port }, "listening");
  },
});
