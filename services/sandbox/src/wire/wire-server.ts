import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { bounds } from "../bounded.ts";
import type { World } from "../world.ts";
import { openConnection } from "./connection.ts";
import { handleClose, handleStanza } from "./dispatch.ts";
import { handleClientPayload } from "./login.ts";

/** A frame's length has three bytes; its header and a second small frame may come with it. */
const FRAME_MAX_BYTES = 17 * 1024 * 1024;

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
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_MAX_BYTES });
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const full = sockets.clients.size >= bounds.wireConnections ? "503" : undefined;
    const refusal = world.faults.take("upgrade_refused", undefined);
    const status = refusal === undefined ? full : (refusal.code ?? "429");
    if (status !== undefined) {
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
