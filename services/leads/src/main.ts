import { runService } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import { loadLeadsConfig } from "./config.ts";
import { startLeads } from "./start-leads.ts";

const config = loadLeadsConfig();
const logger = createLogger({ service: "leads", level: config.LOG_LEVEL });

await runService({
  name: "leads",
  logger,
  start: async (scope) => {
    const port = await startLeads({ config, logger, scope });
    logger.info({ host: config.HOST, port }, "listening");
  },
});
