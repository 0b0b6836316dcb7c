import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type AdminDeps = {
  host: string;
  port: number;
  ready(): boolean;
  metrics: { contentType: string; metrics(): Promise<string> };
};

export type AdminServer = { readonly port: number; close(): Promise<void> };

/** Probes and metrics. Liveness asks nobody: a database that is away must not kill this process. */
export async function startAdminServer(deps: AdminDeps): Promise<AdminServer> {
  const server = createServer((request, response) => {
    void answer(deps, request.url ?? "/", response).catch(() => {
      send(response, 500, "text/plain", "failed");
    });
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.listen(deps.port, deps.host);
  await once(server, "listening");
  return {
    // Safe: a listening TCP server has an address with a port.
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(deps: AdminDeps, url: string, response: ServerResponse): Promise<void> {
  switch (url.split("?", 1).join()) {
    case "/livez":
      sendStatus(response, true);
      return;
    case "/readyz":
      sendStatus(response, deps.ready());
      return;
    case "/metrics":
      send(response, 200, deps.metrics.contentType, await deps.metrics.metrics());
      return;
    default:
      send(response, 404, "text/plain", "not found");
  }
}

function sendStatus(response: ServerResponse, ok: boolean): void {
  const body = JSON.stringify({ status: ok ? "ok" : "unavailable" });
  send(response, ok ? 200 : 503, "application/json", body);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
