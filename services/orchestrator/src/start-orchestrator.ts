import { randomUUIDv7 } from "node:crypto";
import { createTokenVerifier, type TokenVerifier } from "@rarity/platform/auth";
import { createCrashPoint, type CrashPoint } from "@rarity/platform/crash-point";
import { createHttpServer, type HttpServer, type Registration } from "@rarity/platform/http";
import type { Scope } from "@rarity/platform/lifecycle";
import type { Logger } from "@rarity/platform/logger";
import { mediaLocationOf, openMediaStorage } from "@rarity/platform/media";
import { createMetrics } from "@rarity/platform/metrics";
import { createPool, createTenantSealer } from "@rarity/platform/postgres";
import { createWakeQueue, type WakeQueue } from "@rarity/platform/queue";
import { createRedis, type Redis } from "@rarity/platform/redis";
import { isTracing } from "@rarity/platform/telemetry";
import { createRandomHex } from "./adapters/random-hex.ts";
import { feedHub, publishEvents } from "./adapters/redis/publish-events.ts";
import { sendControl } from "./adapters/redis/send-control.ts";
import { createAcceptStore, type AcceptStore } from "./adapters/store/accept-messages.ts";
import type { Database } from "./adapters/store/database.ts";
import { createMessageCommands } from "./adapters/store/message-commands.ts";
import { readQueueDepth } from "./adapters/store/read-queue-depth.ts";
import { createRoutingReader } from "./adapters/store/read-routing-facts.ts";
import { createStreamReader } from "./adapters/store/read-stream.ts";
import { takeRelayed } from "./adapters/store/relay-take.ts";
import { createApiKeyVerifier } from "@rarity/platform/auth";
import { findConversation } from "./adapters/store/read-conversation.ts";
import { markConversationRead } from "./adapters/store/mark-read.ts";
import type { OrchestratorConfig } from "./config.ts";
import { createOrchestratorMetrics, type OrchestratorMetrics } from "./metrics.ts";
import { orchestratorRoutes } from "./routes/orchestrator-routes.ts";
import { createGateway, type Gateway } from "./sockets/gateway.ts";
import { shareReads } from "./sockets/share-reads.ts";
import { StreamHub } from "./sockets/stream-hub.ts";
import { startHousekeeping } from "./start-housekeeping.ts";
import { startRelay, type Relay } from "./workers/relay.ts";
import { traceRelayed } from "./workers/trace-relayed.ts";
import type { AttendDeps } from "./usecases/attend-conversation.ts";
import type { SendDeps } from "./usecases/ports.ts";

const streamReadsMax = 4;
const coalesceMs = 50;

export interface Orchestrator {
  readonly url: string;
  readonly port: number;
}

/** Builds the service and starts it. What is started last is stopped first. */
export async function startOrchestrator(
  scope: Scope,
  config: OrchestratorConfig,
  logger: Logger,
): Promise<Orchestrator> {
  const db = openDatabase(scope, config, logger);
  const { redis, queue } = openRedis(scope, config, logger);
  const metrics = createMetrics("orchestrator");
  const read = shareReads(createStreamReader(db), streamReadsMax);
  const hub = new StreamHub({
    logger,
    read,
    nowMs: () => performance.now(),
    coalesceMs,
  });
  scope.onStop("streams", () => hub.close());
  const feed = feedHub(redis, hub, logger);
  scope.onStop("event feed", () => feed.close());
  const parts: { gateway?: Gateway; own?: OrchestratorMetrics } = {};
  const crashPoint = createCrashPoint(config.RARITY_CRASH_POINT);
  const accepting = createAcceptStore(db, {
    crashPoint,
    onGroup: (size, seconds) => parts.own?.onGroup(size, seconds),
  });
  scope.onStop("accept", () => accepting.close());
  const own = createOrchestratorMetrics(metrics, {
    logger,
    readQueueDepth: () => readQueueDepth(db.pool),
    acceptQueueSize: () => accepting.size,
    connections: () => parts.gateway?.size ?? 0,
  });
  parts.own = own;
  const relay = startEventRelay(scope, { db, redis, queue, logger, own, crashPoint });
  startHousekeeping(scope, { db, queue, hub, logger, config, own });

  const send = sendDeps(db, accepting, relay);
  const commands = createMessageCommands(db, { onChanged: () => relay.hint() });
  const verifier = createVerifier(config);
  const attend: AttendDeps = {
    findConversation: (orgId, id) => findConversation(db, orgId, id),
    markRead: (orgId, input) => markConversationRead(db, orgId, input),
    control: sendControl(redis, logger),
    onChanged: () => relay.hint(),
  };
  const media = await openMediaStorage(mediaLocationOf(config));
  scope.onStop("media", () => media.close());
  const routes = orchestratorRoutes({ db, send, attend, commands, media });
  const http = await listen(scope, { config, logger, metrics, db, verifier, routes });
  const limits = {
    connectionsMax: config.WS_CONNECTIONS_MAX,
    perOrgMax: config.WS_CONNECTIONS_PER_ORG_MAX,
    heartbeatMs: config.WS_HEARTBEAT_MS,
  };
  const onClosed = (code: number): void => own.onSocketClosed(code);
  const gateway = createGateway({ send, attend, logger, verifier, hub, read, limits, onClosed });
  parts.gateway = gateway;
  gateway.attach(http.app.server);
  scope.onStop("websockets", () => gateway.close());
  return { url: http.url, port: http.port };
}

function openDatabase(scope: Scope, config: OrchestratorConfig, logger: Logger): Database {
  const pool = createPool({
    connectionString: config.DATABASE_URL,
    applicationName: "orchestrator",
    max: config.DATABASE_POOL_MAX,
    logger,
  });
  scope.onStop("database", () => pool.end());
  return { pool, sealer: createTenantSealer(config.TENANT_SEAL_KEY) };
}

function openRedis(
  scope: Scope,
  config: OrchestratorConfig,
  logger: Logger,
): { redis: Redis; queue: WakeQueue } {
  const redis = createRedis(config.REDIS_URL, { logger, name: "orchestrator" });
  scope.onStop("redis", () => redis.disconnect());
  const queue = createWakeQueue(redis, { logger });
  scope.onStop("queue", () => queue.close());
  return { redis, queue };
}

function startEventRelay(
  scope: Scope,
  parts: {
    db: Database;
    redis: Redis;
    queue: WakeQueue;
    logger: Logger;
    own: OrchestratorMetrics;
    crashPoint: CrashPoint;
  },
): Relay {
  const { db, redis, queue, logger, own, crashPoint } = parts;
  const relay = startRelay({
    logger,
    take: async (max) => {
      const events = await takeRelayed(db.pool, max, isTracing());
      if (events.length > 0) crashPoint("K1a");
      return events;
    },
    onTold: traceRelayed,
    publish: (orgId, events) => publishEvents(redis, orgId, events),
    wake: async (accountIds) => {
      await queue.wake(accountIds);
      crashPoint("K1b");
    },
    onRelayed: (count) => own.onRelayed(count),
  });
  scope.onStop("relay", () => relay.stop());
  return relay;
}

function sendDeps(db: Database, accepting: AcceptStore, relay: Relay): SendDeps {
  return {
    readRoutingFacts: createRoutingReader(db, { nowMs: () => performance.now() }),
    accept: (message) => accepting.accept(message),
    onAccepted: () => relay.hint(),
    newId: () => randomUUIDv7(),
    randomHex: createRandomHex(),
  };
}

function createVerifier(config: OrchestratorConfig): TokenVerifier {
  const issuer = {
    issuer: config.AUTH_ISSUER,
    audience: config.AUTH_AUDIENCE,
    jwksUrl: config.AUTH_JWKS_URL,
    algorithms: ["ES256", "RS256", "EdDSA"],
  };
  if (config.AUTH_URL === undefined) return createTokenVerifier({ issuers: [issuer] });
  const verifyApiKey = createApiKeyVerifier({
    authUrl: config.AUTH_URL,
    internalToken: config.INTERNAL_TOKEN,
  });
  return createTokenVerifier({ issuers: [issuer], verifyApiKey });
}

async function listen(
  scope: Scope,
  parts: {
    config: OrchestratorConfig;
    logger: Logger;
    metrics: ReturnType<typeof createMetrics>;
    db: Database;
    verifier: TokenVerifier;
    routes: Registration[];
  },
): Promise<HttpServer> {
  const { config, logger, metrics, db, verifier, routes } = parts;
  const http = await createHttpServer({
    logger,
    metrics,
    routes,
    verifier,
    internalToken: config.INTERNAL_TOKEN,
    host: config.HOST,
    port: config.PORT,
    ready: () => scope.ready() && answers(db),
    draining: () => !scope.ready(),
  });
  scope.onStop("http", () => http.close());
  return http;
}

/** Without Postgres nothing can be accepted; without Redis everything still can. */
function answers(db: Database): Promise<boolean> {
  return db.pool.query("select 1").then(
    () => true,
    () => false,
  );
}
