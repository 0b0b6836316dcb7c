import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "@rarity/platform/migrate";
import { freePort } from "../lib/free-port.ts";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";
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
import { superviseService, type Supervised } from "./supervisor.ts";

export type StackOptions = {
  root: string;
  stateDir: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** Any free ports instead of the default ones: for tests beside a running system. */
  anyPorts: boolean;
  progress: (line: string) => void;
};

export type Stack = {
  wiring: Wiring;
  secrets: Secrets;
  processes: { name: string; pid: () => number }[];
  /** Postgres and Redis, when this stack started them: for the bench and the fault suite. */
  databasePids: number[];
  stop: () => Promise<void>;
};

const choosePorts = async (anyPorts: boolean): Promise<Wiring["ports"]> => {
  const chosen: Partial<Wiring["ports"]> = {};
  for (const name of Object.keys(portDefaults) as PortName[]) {
    chosen[name] = await freePort(anyPorts ? 0 : portDefaults[name]);
  }
  return chosen as Wiring["ports"];
};

type SandboxInfo = { wireUrl: string; rootKeyHex: string; mediaCaPem: string };

const writeChannelEnvironment = async (wiring: Wiring): Promise<void> => {
  const answer = await fetch(`${url(wiring, "sandbox")}/api/info`);
  const info = (await answer.json()) as SandboxInfo;
  const folder = join(wiring.dataDir, "operator");
  mkdirSync(folder, { recursive: true });
  const mediaCaFile = join(folder, "sandbox-media-ca.pem");
  writeFileSync(mediaCaFile, info.mediaCaPem);
  const environment = channelEnvironment(wiring, { ...info, mediaCaFile });
  writeFileSync(join(folder, "channel-env.json"), JSON.stringify(environment, null, 2), {
    mode: 0o600,
  });
};

const waves: ServiceName[][] = [
  ["sandbox", "auth"],
  ["leads", "orchestrator"],
  ["operator"],
  ["accounts", "edge"],
];

/** Database, Redis, migrations, sandbox, services and operator, each ready before the next needs it. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { root, stateDir, progress } = options;
  const dataDir = join(stateDir, "data");
  const logDir = join(stateDir, "logs");
  mkdirSync(logDir, { recursive: true });
  const secrets = loadSecrets(dataDir);
  const stops: (() => Promise<void>)[] = [];
  const processes: Stack["processes"] = [];
  const databasePids: number[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    const ports = await choosePorts(options.anyPorts);
    const adminUrl = await chooseDatabase(options, dataDir, secrets, { stops, databasePids });
    const redisUrl = await chooseRedis(options, dataDir, logDir, { stops, databasePids });
    progress("Applying migrations ...");
    const rolePasswords = Object.fromEntries(databaseRoles.map((r) => [r, secrets.rolePassword]));
    await migrate({ adminUrl, rolePasswords, sealKey: secrets.tenantSealKey, root });
    const otlpEndpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    const wiring: Wiring = { root, dataDir, adminUrl, redisUrl, secrets, otlpEndpoint, ports };
    for (const wave of waves) {
      progress(`Starting ${wave.join(", ")} ...`);
      const outcomes = await Promise.allSettled(
        wave.map((name) => startOne(wiring, name, logDir, progress)),
      );
      // Also what stands beside a failed start has to be stopped.
      const started = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      processes.push(...started);
      stops.push(...started.map((one) => one.stop));
      const failure = outcomes.find((one) => one.status === "rejected");
      if (failure !== undefined) throw failure.reason;
      if (wave.includes("sandbox")) await writeChannelEnvironment(wiring);
    }
    return { wiring, secrets, processes, databasePids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

type Running = { stops: (() => Promise<void>)[]; databasePids: number[] };

const startOne = (
  wiring: Wiring,
  name: ServiceName,
  logDir: string,
  progress: (line: string) => void,
): Promise<Supervised> =>
  superviseService(
    {
      name,
      command: process.execPath,
      args: [entryOf(wiring.root, name)],
      env: environmentOf(wiring, name),
      logFile: join(logDir, `${name}.log`),
      cwd: wiring.root,
    },
    `${url(wiring, name)}/readyz`,
    progress,
  );

const chooseDatabase = async (
  options: StackOptions,
  dataDir: string,
  secrets: Secrets,
  running: Running,
): Promise<string> => {
  if (options.databaseUrl !== undefined) {
    options.progress("Using the Postgres of DATABASE_URL");
    return options.databaseUrl;
  }
  options.progress("Starting PostgreSQL 18 (data in .rarity/data/postgres) ...");
  const postgres = await startPostgres(
    dataDir,
    secrets.postgresPassword,
    options.anyPorts ? 0 : 5432,
  );
  running.stops.push(postgres.stop);
  running.databasePids.push(postgres.pid);
  return postgres.adminUrl;
};

const chooseRedis = async (
  options: StackOptions,
  dataDir: string,
  logDir: string,
  running: Running,
): Promise<string> => {
  if (options.redisUrl !== undefined) {
    options.progress("Using the Redis of REDIS_URL");
    return options.redisUrl;
  }
  options.progress("Starting Redis ...");
  const redis = await startRedis(dataDir, logDir, options.anyPorts ? 0 : 6379);
  running.stops.push(() => redis.child.stop());
  running.databasePids.push(redis.child.pid);
  return redis.url;
};
