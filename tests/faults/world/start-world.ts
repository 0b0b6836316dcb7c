import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@rarity/platform/migrate";
import pg from "pg";
import { signUp } from "../../../scripts/src/demo/auth-client.ts";
import { freePort } from "@rarity/platform/ports";
import { startRedis, type RunningRedis } from "../../../scripts/src/stack/redis.ts";
import { loadSecrets } from "../../../scripts/src/stack/secrets.ts";
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
} from "../../../scripts/src/stack/services.ts";
import { superviseService } from "../../../scripts/src/stack/supervisor.ts";
import type { ChildSpec } from "../../../scripts/src/stack/child.ts";
import { startCompanions, type Companions } from "./companions.ts";
import { startRestartablePostgres, type RestartablePostgres } from "./postgres.ts";
import { startLife, type Life } from "./process.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

/** The real system, each part a process of its own; the suite is their supervisor. */
export type World = {
  orgId: string;
  token: string;
  folder: string;
  /** As superuser: for arranging and for looking, never for the thing under test. */
  admin: pg.Pool;
  postgres: RestartablePostgres;
  sandbox: Sandbox;
  companions: Companions;
  apis: Api[];
  startPod(account: PodSettings, crashPoint: string): Life;
  flushRedis(): Promise<void>;
  restartRedis(): Promise<void>;
  stop(): Promise<void>;
};

export type PodSettings = { id: string; pod: string; spec: object; naive: boolean };

type Api = { url: string; start(crashPoint: string): Life };

type Stop = () => Promise<void>;
export type WorldOptions = {
  root: string;
  apis: number;
  /** Logs and data are left behind. */
  keep: boolean;
  progress(line: string): void;
};

/** Everything but the channel processes, which the lanes start. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    return await build(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(options: WorldOptions, stops: Stop[], stop: Stop): Promise<World> {
  const { root, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), "rarity-faults-"));
  await chmod(folder, 0o755);
  if (!options.keep) stops.push(() => rm(folder, { recursive: true, force: true }));
  const logDir = join(folder, "logs");
  await mkdir(logDir);
  progress(`Logs of this run: ${logDir}`);
  const { wiring, postgres, redis } = await startDatabases(folder, root, stops);
  const lives = trackLives(stops);
  const service = await startServices(wiring, { logDir, stops, progress, track: lives.track });
  const sandbox = await openSandbox(url(wiring, "sandbox"));
  const mediaCaFile = join(folder, "media-ca.pem");
  await writeFile(mediaCaFile, sandbox.mediaCaPem);
  const companions = await startCompanions(root, sandbox);
  stops.push(() => companions.stop());
  const session = await signUp(url(wiring, "auth"), {
    email: `faults-${crypto.randomUUID()}@rarityleads.example`,
    password: crypto.randomUUID(),
    organization: "Faults",
  });
  const admin = new pg.Pool({ connectionString: wiring.adminUrl, max: 4 });
  // The database is restarted on purpose; the pool replaces what broke.
  admin.on("error", () => undefined);
  stops.push(() => admin.end());
  const environment = channelEnvironment(wiring, { ...sandbox, mediaCaFile });
  return {
    orgId: session.orgId,
    token: session.accessToken,
    folder,
    admin,
    postgres,
    sandbox,
    companions,
    apis: await makeApis(options.apis, service),
    startPod: (account, crashPoint) =>
      lives.track({
        name: account.pod,
        command: process.execPath,
        args: [join(root, "services/whatsapp/src/main.ts")],
        env: { ...environment, ...podEnvironment(account, session.orgId, crashPoint) },
        logFile: join(logDir, `${account.pod}.log`),
        cwd: root,
      }),
    flushRedis: redis.flush,
    restartRedis: redis.restart,
    stop,
  };
}

type Track = (spec: ChildSpec) => Life;

/** Whatever still runs when the run ends, also in the middle, ends with it. */
function trackLives(stops: Stop[]): { track: Track } {
  const running = new Set<Life>();
  stops.push(async () => {
    for (const life of running) life.kill("SIGKILL");
    await Promise.all([...running].map((life) => life.ended));
  });
  return {
    track: (spec) => {
      const life = startLife(spec);
      running.add(life);
      void life.ended.then(() => running.delete(life));
      return life;
    },
  };
}

function podEnvironment(
  account: PodSettings,
  orgId: string,
  crashPoint: string,
): Record<string, string> {
  return {
    ACCOUNT_ID: account.id,
    ORG_ID: orgId,
    HOLDER: account.pod,
    PORT: "0",
    ACCOUNT_SPEC: JSON.stringify(account.spec),
    RARITY_CRASH_POINT: crashPoint,
    RARITY_TEST_ATTEMPT_ROW: account.naive ? "off" : "on",
  };
}

type Databases = {
  wiring: Wiring;
  postgres: RestartablePostgres;
  redis: { flush: Stop; restart: Stop };
};

async function startDatabases(folder: string, root: string, stops: Stop[]): Promise<Databases> {
  const dataDir = join(folder, "data");
  await mkdir(dataDir);
  const secrets = loadSecrets(dataDir);
  const postgres = await startRestartablePostgres(dataDir, secrets.postgresPassword);
  stops.push(() => postgres.stop());
  let running: RunningRedis = await startRedis(dataDir, join(folder, "logs"), 0);
  stops.push(() => running.child.stop());
  const rolePasswords = Object.fromEntries(databaseRoles.map((r) => [r, secrets.rolePassword]));
  const { adminUrl } = postgres;
  await migrate({ adminUrl, rolePasswords, sealKey: secrets.tenantSealKey, root });
  const ports: Partial<Wiring["ports"]> = {};
  for (const name of Object.keys(portDefaults) as PortName[]) ports[name] = await freePort();
  const wiring: Wiring = {
    ...{ root, dataDir, adminUrl, secrets, redisUrl: running.url, otlpEndpoint: undefined },
    ports: ports as Wiring["ports"],
  };
  const redis = {
    flush: () => flushRedis(running.port),
    restart: async () => {
      running.child.kill("SIGKILL");
      await running.child.exited;
      running = await startRedis(dataDir, join(folder, "logs"), running.port);
    },
  };
  return { wiring, postgres, redis };
}

async function flushRedis(port: number): Promise<void> {
  const { Redis } = await import("ioredis");
  const client = new Redis(port, "127.0.0.1", { maxRetriesPerRequest: 5 });
  client.on("error", () => undefined);
  await client.flushall();
  client.disconnect();
}

type StartService = (name: string, port: number, crashPoint: string) => Life;

/** The sandbox and the sign-in stay up; the API's processes are the lanes' to start and kill. */
async function startServices(
  wiring: Wiring,
  parts: { logDir: string; stops: Stop[]; progress: (line: string) => void; track: Track },
): Promise<StartService> {
  const { logDir, stops, progress, track } = parts;
  const specOf = (name: ServiceName, label: string, extra: Record<string, string>) => ({
    name: label,
    command: process.execPath,
    args: [entryOf(wiring.root, name)],
    env: { ...environmentOf(wiring, name), ...extra },
    logFile: join(logDir, `${label}.log`),
    cwd: wiring.root,
  });
  for (const name of ["sandbox", "auth"] as const) {
    const spec = specOf(name, name, { LOG_LEVEL: "warn" });
    // Writing the state after every message would measure the sandbox.
    delete spec.env["DATA_FILE"];
    const supervised = await superviseService(spec, `${url(wiring, name)}/readyz`, progress);
    stops.push(() => supervised.stop());
  }
  return (label, port, crashPoint) =>
    track(specOf("orchestrator", label, { PORT: String(port), RARITY_CRASH_POINT: crashPoint }));
}

async function makeApis(count: number, start: StartService): Promise<Api[]> {
  const apis: Api[] = [];
  for (let n = 1; n <= count; n += 1) {
    const port = await freePort();
    const label = `orchestrator-${n}`;
    apis.push({
      url: `http://127.0.0.1:${port}`,
      start: (crashPoint) => start(label, port, crashPoint),
    });
  }
  return apis;
}
