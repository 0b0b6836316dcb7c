import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { wsCloseCodes } from "@rarity/contracts/events";
import type { TokenVerifier } from "@rarity/platform/auth";
import type { Logger } from "@rarity/platform/logger";
import { WebSocketServer, type WebSocket } from "ws";
import { Connection } from "./connection.ts";
import type { FrameDeps } from "./handle-frame.ts";
import type { ReadStream } from "./org-stream.ts";
import { SocketOutbox } from "./outbox.ts";
import { makeRateLimit } from "./rate-limit.ts";
import type { StreamHub } from "./stream-hub.ts";

export interface GatewayOptions extends FrameDeps {
  readonly logger: Logger;
  readonly verifier: TokenVerifier;
  readonly hub: StreamHub;
  readonly read: ReadStream;
  readonly limits: {
    readonly connectionsMax: number;
    readonly perOrgMax: number;
    readonly heartbeatMs: number;
  };
  readonly onClosed: (code: number) => void;
}

export interface Gateway {
  attach(server: Server): void;
  readonly size: number;
  /** Tells every client to come back elsewhere and resolves when all are gone. */
  close(): Promise<void>;
}

interface Client {
  readonly socket: WebSocket;
  readonly outbox: SocketOutbox;
  readonly connection: Connection;
  alive: boolean;
}

const frameBytesMax = 64 * 1024;
const framesPerSecond = 50;
const framesBurst = 200;
const serviceRestart = 1012;

/** The WebSocket end of the service at `/ws`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { limits } = options;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const clients = new Set<Client>();
  let closing = false;

  const admit = (orgId: string): boolean => {
    let same = 0;
    for (const { connection } of clients) if (connection.orgId === orgId) same += 1;
    return same < limits.perOrgMax;
  };
  const open = (socket: WebSocket, request: IncomingMessage): void => {
    // Before anything else: an error without a listener would end the process.
    socket.on("error", (err) => options.logger.debug({ err: err.message }, "socket error"));
    const outbox = new SocketOutbox(socket);
    if (clients.size >= limits.connectionsMax) {
      outbox.close(wsCloseCodes.tooMany, "too many connections");
      return;
    }
    const client = { socket, outbox, connection: connect(options, outbox, admit), alive: true };
    clients.add(client);
    wire(client, () => clients.delete(client), options.onClosed);
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined) client.connection.authenticate(token);
  };
  const heartbeat = setInterval(() => {
    for (const client of clients) beat(client);
  }, limits.heartbeatMs);

  return {
    attach: (http) => {
      http.on("upgrade", (request, socket, head) => {
        const refusal = closing ? "503 Service Unavailable" : refusalOf(request);
        if (refusal !== undefined) refuse(socket, refusal);
        else server.handleUpgrade(request, socket, head, open);
      });
    },
    get size() {
      return clients.size;
    },
    close: async () => {
      closing = true;
      clearInterval(heartbeat);
      const gone = [...clients].map(
        ({ socket }) => new Promise<void>((resolve) => socket.once("close", () => resolve())),
      );
      for (const { outbox } of clients) outbox.close(serviceRestart, "the service restarts");
      await Promise.all(gone);
      server.close();
    },
  };
}

function connect(
  options: GatewayOptions,
  outbox: SocketOutbox,
  admit: (orgId: string) => boolean,
): Connection {
  const rateLimit = makeRateLimit({
    perSecond: framesPerSecond,
    burst: framesBurst,
    nowMs: () => performance.now(),
  });
  return new Connection({ ...options, outbox, admit, rateLimit, now: () => new Date() });
}

function wire(client: Client, forget: () => void, onClosed: (code: number) => void): void {
  const { socket, outbox, connection } = client;
  socket.on("pong", () => {
    client.alive = true;
  });
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    client.alive = true;
    if (isBinary) outbox.close(1003, "text frames only");
    else connection.receive(data.toString("utf8"));
  });
  socket.once("close", (code) => {
    forget();
    connection.close();
    onClosed(code);
  });
}

/** Who did not answer the last ping is gone, whatever the network says. */
function beat(client: Client): void {
  if (!client.alive) {
    client.socket.terminate();
    return;
  }
  client.alive = false;
  client.socket.ping();
}

function refusalOf(request: IncomingMessage): string | undefined {
  const path = (request.url ?? "").split("?")[0];
  return path === "/ws" ? undefined : "404 Not Found";
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
