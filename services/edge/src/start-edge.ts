import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { randomUUID } from "node:crypto";
import type { Logger } from "@rarity/platform/logger";
import type { Scope } from "@rarity/platform/lifecycle";
import { createMetrics } from "@rarity/platform/metrics";
import type { EdgeConfig } from "./config.ts";
import { createPages } from "./pages.ts";
import { createProxy } from "./proxy.ts";
import { createEdgeServer } from "./server.ts";

export interface EdgeStartDeps {
  readonly config: EdgeConfig;
  readonly logger: Logger;
  readonly scope: Pick<Scope, "onStop" | "ready">;
}

/** Puts the edge together and listens; answers the port, which differs from the asked one for 0. */
export async function startEdge({ config, logger, scope }: EdgeStartDeps): Promise<number> {
  const metrics = createMetrics("edge");
  const seconds = metrics.histogram({
    name: "edge_request_seconds",
    help: "Time until a request through the edge was answered",
    labels: ["target", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  });
  const proxy = createProxy({
    connectTimeoutMs: 2_000,
    responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
    socketsPerServiceMax: 256,
    draining: () => !scope.ready(),
  });
  scope.onStop("proxy", () => proxy.close());
  const server = createEdgeServer({
    proxy,
    targets: {
      orchestrator: config.ORCHESTRATOR_URL,
      leads: config.LEADS_URL,
      accounts: config.ACCOUNTS_URL,
      auth: config.AUTH_URL,
    },
    pages: createPages({
      accepting: scope.ready,
      metrics: metrics.registry,
      sandboxUrl: config.SANDBOX_URL,
    }),
    newRequestId: randomUUID,
    onFailure: (service, requestId, error) =>
      logger.warn({ target: service, requestId, reason: error.message }, "request not passed on"),
    onFinish: (service, status, took) =>
      seconds.observe({ target: service, status: String(status) }, took),
    limits: {
      trustedProxies: config.TRUSTED_PROXIES,
      hopsMax: 5,
      bodyBytesMax: config.BODY_BYTES_MAX,
      mediaBytesMax: config.MEDIA_BYTES_MAX,
      connectionsMax: config.CONNECTIONS_MAX,
    },
  });
  const upgraded = trackUpgraded(server);
  scope.onStop("listener", () => closeServer(server, upgraded), { timeoutMs: 15_000 });
  return listen(server, config);
}

async function listen(server: Server, config: EdgeConfig): Promise<number> {
  server.listen(config.PORT, config.HOST);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/**
 * Lets running requests end. Sockets that were upgraded would keep the listener open for ever, so they
 * are closed at once: their callers come back and resume where they were.
 */
async function closeServer(server: Server, upgraded: ReadonlySet<Duplex>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of upgraded) socket.destroy();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), 10_000);
  await closed;
  clearTimeout(force);
}

function trackUpgraded(server: Server): ReadonlySet<Duplex> {
  const sockets = new Set<Duplex>();
  server.on("upgrade", (_request, socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}
