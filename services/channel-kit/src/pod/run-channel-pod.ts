import { randomUUID } from "node:crypto";
import { controlChannel } from "@rarity/contracts/queue";
import { createCrashPoint } from "@rarity/platform/crash-point";
import type { Scope } from "@rarity/platform/lifecycle";
import { runService } from "@rarity/platform/lifecycle";
import { createLogger } from "@rarity/platform/logger";
import type { Logger } from "@rarity/platform/logger";
import { openMediaStorage } from "@rarity/platform/media";
import type { MediaStorage, MediaStore } from "@rarity/platform/media";
import { createMetrics } from "@rarity/platform/metrics";
import { createPool, createTenantSealer } from "@rarity/platform/postgres";
import type { Pool, TenantSealer } from "@rarity/platform/postgres";
import { createWakeWorker } from "@rarity/platform/queue";
import { createRedis, subscribe } from "@rarity/platform/redis";
import { recordSpan, startTelemetry } from "@rarity/platform/telemetry";
import { systemClock } from "../clock.ts";
import type { PodConfig } from "../config.ts";
import { createKitMetrics } from "../create-kit-metrics.ts";
import { createPacer } from "../drain/pacer.ts";
import type { ChannelDriver } from "../driver.ts";
import { holderName } from "../lease/holder.ts";
import { sleep } from "../sleep.ts";
import { createChannelSql } from "../store/channel-sql.ts";
import { createPostgresChannelStore } from "../store/postgres-channel-store.ts";
import { syncAccount } from "../store/sync-account.ts";
import { startAdminServer } from "./admin-server.ts";
import type { LeaseLoopDeps } from "./run-lease-loop.ts";
import { runLeaseLoop } from "./run-lease-loop.ts";
import type { Session } from "./session.ts";
import type { PodTuning } from "./session-deps.ts";
import { defaultTuning } from "./session-deps.ts";

/** What a driver may use to reach its own tables. */
export type DriverResources = {
  pool: Pool;
  sealer: TenantSealer;
  media: MediaStore;
  logger: Logger;
};

export type ChannelPodOptions = {
  name: string;
  config: PodConfig;
  createDriver(resources: DriverResources): ChannelDriver;
  tuning?: Partial<PodTuning>;
};

/** A whole channel process: one account, one lease at a time, until SIGTERM. */
export async function runChannelPod(options: ChannelPodOptions): Promise<void> {
  const { config, name } = options;
  const logger = createLogger({ service: name, level: config.logLevel }).child({
    accountId: config.accountId,
  });
  const tuning = { ...defaultTuning, ...options.tuning };
  await runService({
    name,
    logger,
    start: (scope) => startPod(options, scope, { logger, tuning }),
    stopTimeoutMs: tuning.drainMs + tuning.storeMs + 8_000,
  });
}

type Common = { logger: Logger; tuning: PodTuning };

async function startPod(options: ChannelPodOptions, scope: Scope, common: Common): Promise<void> {
  const { config, name } = options;
  const { logger, tuning } = common;
  const { otlpEndpoint } = config;
  const telemetry = await startTelemetry({ serviceName: name, otlpEndpoint, logger });
  scope.onStop("telemetry", () => telemetry.shutdown());
  const metrics = createMetrics(name);
  const admin = await startAdminServer({
    host: config.host,
    port: config.port,
    ready: scope.ready,
    metrics: metrics.registry,
  });
  scope.onStop("admin listener", admin.close);
  logger.info({ port: admin.port }, "admin listener is up");

  const storage = await openMediaStorage(config.media);
  const { deps, close } = createLoopDeps(
    options,
    { ...common, storage },
    createKitMetrics(metrics),
  );
  scope.onStop("connections", close);
  await syncAccountUntilDone(options, deps, scope.signal);
  traceStart(config);

  const stop = new AbortController();
  const loop = runLeaseLoop(deps, stop.signal).catch((err: unknown) => {
    logger.fatal({ err }, "the lease loop ended");
    scope.stop("lease loop ended", 1);
  });
  scope.onStop(
    "lease loop",
    async () => {
      stop.abort();
      await loop;
    },
    { timeoutMs: tuning.drainMs + tuning.storeMs + 5_000 },
  );
}

/** From the start of the process until it can take its lease, as a part of what the operator did. */
function traceStart({ traceparent, accountId, podName }: PodConfig): void {
  const startedAt = new Date(Date.now() - process.uptime() * 1000);
  const attributes = { "rarity.account.id": accountId, "k8s.pod.name": podName };
  recordSpan("start channel pod", { parent: traceparent, startedAt, attributes });
}

type LoopParts = {
  deps: LeaseLoopDeps & { pool: Pool; sealer: TenantSealer };
  close(): Promise<void>;
};

function createLoopDeps(
  { config, name, createDriver }: ChannelPodOptions,
  { logger, tuning, storage }: Common & { storage: MediaStorage },
  metrics: LeaseLoopDeps["metrics"],
): LoopParts {
  const { accountId, orgId } = config;
  const holder = holderName(config.podName, randomUUID());
  const database = { connectionString: config.databaseUrl, logger };
  const pool = createPool({ ...database, applicationName: name, max: 6 });
  const leasePool = createPool({
    ...database,
    applicationName: `${name}-lease`,
    max: 2,
    statementTimeoutMs: Math.floor(tuning.leaseTtlMs / 3),
  });
  const sealer = createTenantSealer(config.tenantSealKey);
  const redis = createRedis(config.redisUrl, { logger, name });
  const media = storage.forTenant(orgId);
  const state = watchPod(metrics);
  const deps = {
    pool,
    sealer,
    accountId,
    orgId,
    holder,
    driver: createDriver({ pool, sealer, media, logger }),
    store: createPostgresChannelStore({
      accountId,
      holder,
      sql: createChannelSql(pool, sealer, orgId),
      leaseSql: createChannelSql(leasePool, sealer, orgId),
      logger,
      nowMs: systemClock.nowMs,
    }),
    media,
    pacer: createPacer(config.pacing, systemClock),
    tuning,
    metrics,
    clock: systemClock,
    crashPoint: createCrashPoint(config.crashPoint),
    logger,
    naive: config.naive,
    openWakes: (onWake: () => void) => createWakeWorker(redis, accountId, onWake, { logger }),
    openControl: (onMessage: (payload: unknown) => void) =>
      subscribe(redis, { channel: controlChannel(accountId), onMessage, logger }),
    ...state,
  };
  const close = async (): Promise<void> => {
    redis.disconnect();
    await Promise.all([pool.end(), leasePool.end(), storage.close()]);
  };
  return { deps, close };
}

type PodWatch = Pick<LeaseLoopDeps, "onDriverState" | "onAck" | "onSession">;

/** What the gauges show about the moment. */
function watchPod(metrics: LeaseLoopDeps["metrics"]): PodWatch {
  let session: Session | undefined;
  let connected = false;
  let ackedAt: number | null = null;
  metrics.bindGauges({
    leaseAgeMs: () => session?.leaseAgeMs() ?? null,
    lastAckAgeMs: () => (ackedAt === null ? null : systemClock.monotonicMs() - ackedAt),
    inFlight: () => session?.inFlight() ?? 0,
    connected: () => connected,
  });
  return {
    onDriverState: ({ state }) => {
      connected = state === "open";
    },
    onAck: () => {
      ackedAt = systemClock.monotonicMs();
    },
    onSession: (current) => {
      session = current;
      if (current === undefined) connected = false;
    },
  };
}

/** Nothing may be sent under limits that were not stored: wait for the database. */
async function syncAccountUntilDone(
  { config }: ChannelPodOptions,
  deps: LoopParts["deps"],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await syncAccount(deps, { accountId: config.accountId, spec: config.spec });
      return;
    } catch (err) {
      deps.logger.warn({ err }, "the account's limits could not be stored yet");
      await sleep(deps.tuning.storeBackoff.maxMs, signal);
    }
  }
}
