import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { World } from "../world.ts";
import { openConnection } from "./connection.ts";
import { handleClose, handleStanza } from "./dispatch.ts";
import { handleClientPayload } from "./login.ts";

export type WireServer = { port: number; connections(): number; close(): Promise<void> };

/** The WebSocket endpoint that clients of the messaging service connect to. */
export async function startWireServer(
  world: World,
  listen: { host: string; port: number },
): Promise<WireServer> {
  const http = createServer((_request, response) => {
    response.statusCode = 404;
    response.end();
  });
  http.on("connection", ({ remoteAddress }) => world.peers.note("wire", remoteAddress));
  const sockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = world.faults.take("upgrade_refused", undefined);
    if (refusal !== undefined) {
      const status = refusal.code ?? "429";
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      openConnection(world, client, {
        onClientPayload: (conn, payload, key) => handleClientPayload(world, conn, payload, key),
        onNode: (conn, stanza) => handleStanza(world, conn, stanza),
        onClose: (conn) => handleClose(world, conn),
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (http.address() as AddressInfo).port,
    connections: () => sockets.clients.size,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
