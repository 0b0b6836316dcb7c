import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "@rarity/platform/migrate";
import { openRecord } from "./process-record.ts";
import { anyPorts, choosePorts } from "./ports.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";
import {
  channelEnvironment,
  databaseRoles,
  entryOf,
  environmentOf,
  portDefaults,
  url,
  type PortName,
  type ServiceName,
  type Wiring,
} from "./services.ts";
import { findRedisServer } from "./redis.ts";
import { startDatabase, startQueue, usesGivenRedis, type Base } from "./start-databases.ts";
import { superviseService, type Supervised } from "./supervisor.ts";

export type StackOptions = {
  root: string;
  stateDir: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** Any free ports instead of the default ones: for tests beside a running system. */
  anyPorts: boolean;
  progress: (line: string) => void;
  /** Ends an unfinished start: what runs by then is stopped and the start rejects. */
  signal?: AbortSignal;
};

export type Stack = {
  wiring: Wiring;
  secrets: Secrets;
  processes: { name: string; pid: () => number }[];
  /** Postgres and Redis, when this stack started them: for the bench and the fault suite. */
  databasePids: number[];
  stop: () => Promise<void>;
};

type SandboxInfo = { wireUrl: string; rootKeyHex: string; mediaCaPem: string };

const writeChannelEnvironment = async (wiring: Wiring): Promise<void> => {
  const answer = await fetch(`${url(wiring, "sandbox")}/api/info`);
  const info = (await answer.json()) as SandboxInfo;
  const folder = join(wiring.dataDir, "operator");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mediaCaFile = join(folder, "sandbox-media-ca.pem");
  writeFileSync(mediaCaFile, info.mediaCaPem);
  const environment = channelEnvironment(wiring, { ...info, mediaCaFile });
  writeFileSync(join(folder, "channel-env.json"), JSON.stringify(environment, null, 2), {
    mode: 0o600,
  });
};

/** The operator starts channel processes at once, so everything they talk to is there before it. */
const waves: ServiceName[][] = [
  ["sandbox", "auth", "leads", "orchestrator", "accounts", "edge"],
  ["operator"],
];

/** Database, Redis, migrations, sandbox, services and operator, each ready before the next needs it. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { root, progress } = options;
  const base = prepare(options);
  const { dataDir, secrets, stops } = base;
  const processes: Stack["processes"] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    // First of all: what is missing on this machine is installed, or named, before anything runs.
    if (!usesGivenRedis(options)) await findRedisServer();
    const ports = await servicePorts(options, dataDir);
    const adminUrl = await startDatabase(options, base);
    const redisUrl = await startQueue(options, base);
    options.signal?.throwIfAborted();
    progress("Applying migrations ...");
    const rolePasswords = Object.fromEntries(databaseRoles.map((r) => [r, secrets.rolePassword]));
    await migrate({ adminUrl, rolePasswords, sealKey: secrets.tenantSealKey, root });
    const otlpEndpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    const wiring: Wiring = { root, dataDir, adminUrl, redisUrl, secrets, otlpEndpoint, ports };
    for (const wave of waves) {
      options.signal?.throwIfAborted();
      progress(`Starting ${wave.join(", ")} ...`);
      processes.push(...(await startWave(wave, wiring, options, base)));
      if (wave.includes("sandbox")) await writeChannelEnvironment(wiring);
    }
    return { wiring, secrets, processes, databasePids: base.databasePids, stop };
  } catch (error) {
    if (options.signal?.aborted !== true && stops.length > 0) progress("Stopping what runs ...");
    await stop();
    throw error;
  }
};

/** Folders only this user reads; Postgres, which may be another user, has to pass the data folder. */
const prepare = ({ stateDir }: StackOptions): Base => {
  const dataDir = join(stateDir, "data");
  const logDir = join(stateDir, "logs");
  mkdirSync(dataDir, { recursive: true });
  for (const folder of [logDir, join(dataDir, "media"), join(dataDir, "sandbox")]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const secrets = loadSecrets(dataDir);
  const record = openRecord(stateDir);
  return { dataDir, logDir, secrets, record, stops: [], databasePids: [] };
};

const servicePorts = async (options: StackOptions, dataDir: string): Promise<Wiring["ports"]> => {
  const names = Object.keys(portDefaults) as PortName[];
  const { ports, notes } = options.anyPorts
    ? await anyPorts(names)
    : await choosePorts(dataDir, names);
  for (const note of notes) options.progress(note);
  return ports;
};

const startWave = async (
  wave: readonly ServiceName[],
  wiring: Wiring,
  options: StackOptions,
  base: Base,
): Promise<Supervised[]> => {
  const outcomes = await Promise.allSettled(
    wave.map((name) => startOne(wiring, name, options, base)),
  );
  // Also what stands beside a failed start has to be stopped.
  const started = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  base.stops.push(async () => {
    await Promise.allSettled(started.map((one) => one.stop()));
  });
  const failure = outcomes.find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return started;
};

const startOne = (
  wiring: Wiring,
  name: ServiceName,
  options: StackOptions,
  { logDir, record }: Base,
): Promise<Supervised> =>
  superviseService(
    {
      name,
      command: process.execPath,
      args: [entryOf(wiring.root, name)],
      env: environmentOf(wiring, name),
      logFile: join(logDir, `${name}.log`),
      cwd: wiring.root,
      record,
      // The operator waits for its channel processes, everything else for its requests.
      stopTimeoutMs: name === "operator" ? 45_000 : 27_000,
    },
    `${url(wiring, name)}/readyz`,
    options.progress,
    options.signal,
  );
