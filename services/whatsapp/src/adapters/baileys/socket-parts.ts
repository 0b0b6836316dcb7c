import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import type { IncomingMessage } from "node:http";

/** The WebSocket under the library's client. The library types it as private to the client. */
export type RawSocket = {
  send: (data: Uint8Array, done: (error?: Error) => void) => void;
  terminate: () => void;
};

export function rawSocket(socket: WASocket): RawSocket | null {
  const client = socket.ws as unknown as { socket: RawSocket | null };
  return client.socket;
}

export function onStanza(socket: WASocket, name: string, listen: (node: BinaryNode) => void): void {
  socket.ws.on(name, listen);
}

/**
 * The library gets such a stanza only after `handle` said so. It confirms whatever it has handled,
 * and what is confirmed the server never sends again.
 */
export function holdStanza(
  socket: WASocket,
  name: string,
  handle: (node: BinaryNode) => Promise<boolean>,
): void {
  const listeners = socket.ws.listeners(name) as ((node: BinaryNode) => void)[];
  socket.ws.removeAllListeners(name);
  socket.ws.on(name, (node: BinaryNode) => {
    void handle(node).then((goOn) => {
      if (goOn) for (const listen of listeners) listen(node);
    });
  });
}

/** The library waits for ever when the server answers the upgrade with an HTTP status. */
export function onUpgradeRefused(socket: WASocket, listen: (status: number) => void): void {
  socket.ws.on("unexpected-response", (_request: unknown, response: IncomingMessage) => {
    response.resume();
    listen(response.statusCode ?? 0);
  });
}

export class SocketEndError extends Error {
  readonly output: { statusCode: number };
  readonly upgradeStatus: number | undefined;
  constructor(message: string, statusCode: number, upgradeStatus?: number) {
    super(message);
    this.name = "SocketEndError";
    this.output = { statusCode };
    this.upgradeStatus = upgradeStatus;
  }
}
