import { ConfigError, configExitCode } from "@rarity/platform/config";
import { readEnvironment } from "./config.ts";
import { createNullDriver } from "./null-driver.ts";
import { runChannelPod } from "./pod/run-channel-pod.ts";

/** A channel without a wire: for the bench, and for tests of everything but the provider. */
try {
  await runChannelPod({
    name: "channel-null",
    config: readEnvironment(),
    createDriver: () => createNullDriver(Date.now),
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = configExitCode;
}
