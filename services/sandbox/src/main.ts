import { pino } from "pino";
import { readConfig } from "./config.ts";
import { startSandbox } from "./sandbox.ts";
import { silenceLibsignal } from "./silence-libsignal.ts";
import { keepSessionsWhole } from "./whole-sessions.ts";

silenceLibsignal();
keepSessionsWhole();
const config = readConfig();
const logger = pino({ name: "sandbox", level: config.LOG_LEVEL }, pino.destination(2));
const sandbox = await startSandbox({
  host: config.HOST,
  publicHost: config.PUBLIC_HOST,
  port: config.PORT,
  wirePort: config.WIRE_PORT,
  mediaPort: config.MEDIA_PORT,
  dataFile: config.DATA_FILE,
  logger,
});
const { url, wireUrl, mediaUrl } = sandbox;
process.stdout.write(`${JSON.stringify({ url, wireUrl, mediaUrl })}\n`);
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void sandbox.close().finally(() => process.exit(0)));
}
