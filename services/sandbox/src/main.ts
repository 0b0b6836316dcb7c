import { runService } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import { readConfig } from "./config.ts";
import { startSandbox } from "./sandbox.ts";
import { silenceLibsignal } from "./silence-libsignal.ts";
import { keepSessionsWhole } from "./whole-sessions.ts";

silenceLibsignal();
keepSessionsWhole();
const config = readConfig();
// Standard output carries the addresses and nothing else.
const logger = createLogger({
  service: "sandbox",
  level: config.LOG_LEVEL,
  stream: process.stderr,
});

await runService({
  name: "sandbox",
  logger,
  start: async (scope) => {
    const sandbox = await startSandbox({
      host: config.HOST,
      publicHost: config.PUBLIC_HOST,
      port: config.PORT,
      wirePort: config.WIRE_PORT,
      mediaPort: config.MEDIA_PORT,
      dataFile: config.DATA_FILE,
      logger,
    });
    scope.onStop("sandbox", () => sandbox.close());
    const { url, wireUrl, mediaUrl } = sandbox;
    process.stdout.write(`${JSON.stringify({ url, wireUrl, mediaUrl })}\n`);
  },
});
