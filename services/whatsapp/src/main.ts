import { runChannelPod } from "@rarity/channel-kit";
import { ConfigError, configExitCode } from "@rarity/platform/config";
import { muteConsole } from "./adapters/baileys/mute-console.ts";
import { pinTrustRoot, useStrictSignatures } from "./adapters/baileys/trust.ts";
import { keepSessionsWhole } from "./adapters/baileys/whole-sessions.ts";
import { guardFetch, openWayOut } from "./adapters/proxy/way-out.ts";
import { readEnvironment } from "./config.ts";
import { createAccountDriver } from "./create-account-driver.ts";

/** One process, one WhatsApp account. */
muteConsole();
useStrictSignatures();
keepSessionsWhole();
try {
  const { pod, whatsapp } = readEnvironment();
  const rootKey = whatsapp.WHATSAPP_ROOT_KEY;
  if (rootKey !== undefined) pinTrustRoot(rootKey);
  const wayOut = await openWayOut(whatsapp.PROXY_URL);
  await guardFetch(wayOut);
  await runChannelPod({
    name: "whatsapp",
    config: pod,
    createDriver: (resources) => {
      if (rootKey !== undefined) {
        resources.logger.warn(
          { server: whatsapp.WHATSAPP_URL },
          "NOT WHATSAPP: this process trusts another certificate authority (WHATSAPP_ROOT_KEY)",
        );
      }
      return createAccountDriver(whatsapp, wayOut, resources);
    },
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = configExitCode;
}
