import { createLogger } from "@rarity/platform/logger";
import { runService } from "@rarity/platform/lifecycle";
import { loadAccountsConfig } from "./config.ts";
import { startAccounts } from "./start-accounts.ts";

const config = loadAccountsConfig();
const logger = createLogger({ service: "accounts", level: config.LOG_LEVEL });

await runService({
  name: "accounts",
  logger,
  start: async (scope) => {
    const { url } = await startAccounts({ config, logger, scope });
    logger.info({ url }, "listening");
  },
});
