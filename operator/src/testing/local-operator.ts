import { writeFileSync } from "node:fs";
import path from "node:path";
import { pino } from "pino";
import { createObjectFiles } from "../cluster/local/object-files.ts";
import { inheritedEnv } from "../config.ts";
import { startLocalOperator } from "../start-local-operator.ts";
import { startFakePlatform, type FakePlatform } from "./fake-platform.ts";
import { crdFolder, temporaryFolder } from "./fixtures.ts";
import { tinyChannel } from "./tiny-channel.ts";

export interface LocalOperator {
  platform: FakePlatform;
  token: string;
  /** One request to its API; a body is YAML unless a header says otherwise. */
  call(method: string, url: string, init?: CallInit): Promise<Response>;
  stop(): Promise<void>;
}

interface CallInit {
  body?: string;
  headers?: Record<string, string>;
}

const token = "a-token-of-the-test";

/** The operator on the local runtime, with services that answer what a test sets. */
export const startTestOperator = async (
  settings: { deletionDeadlineMs?: number; secrets?: Record<string, Record<string, string>> } = {},
): Promise<LocalOperator> => {
  const platform = await startFakePlatform();
  const folder = temporaryFolder();
  const channelEnvFile = path.join(folder, "channel-env.json");
  writeFileSync(channelEnvFile, JSON.stringify({ CHANNEL_EXTRA: "from the file" }));
  const files = createObjectFiles(path.join(folder, "cluster"));
  for (const [name, stringData] of Object.entries(settings.secrets ?? {})) {
    const metadata = { name, namespace: "default", uid: name, resourceVersion: "1" };
    files.write({ apiVersion: "v1", kind: "Secret", metadata, stringData });
  }
  const operator = await startLocalOperator({
    config: {
      cluster: "local",
      host: "127.0.0.1",
      port: 0,
      logLevel: "silent",
      dataFolder: folder,
      crdFolder,
      root: folder,
      channelEnvFile,
      queueDepthUrl: `${platform.url}/internal/queue-depth`,
      accountsUrl: platform.url,
      internalToken: token,
      pollIntervalMs: 20,
      deletionDeadlineMs: settings.deletionDeadlineMs ?? 60_000,
    },
    logger: pino({ level: "silent" }),
    baseEnv: inheritedEnv(),
    channelCommand: [process.execPath, "-e", tinyChannel],
  });
  return {
    platform,
    token,
    call: async (method, url, init = {}) =>
      fetch(`http://127.0.0.1:${operator.port}${url}`, {
        method,
        headers: { "content-type": "application/yaml", ...init.headers },
        ...(init.body === undefined ? {} : { body: init.body }),
      }),
    stop: async () => {
      await operator.stop();
      await platform.close();
    },
  };
};
