import { createLogger } from "@rarity/platform/logger";
import { runService } from "@rarity/platform/lifecycle";
import { loadEdgeConfig } from "./config.ts";
import { startEdge } from "./start-edge.ts";

const config = loadEdgeConfig();
const logger = createLogger({ service: "edge", level: config.LOG_LEVEL });

await runService({
  name: "edge",
  logger,
  start: async (scope) => {
    const port = await startEdge({ config, logger, scope });
    logger.info({ host: config.HOST, port }, "listening");
  },
});
