import { randomBytes } from "node:crypto";
import type { proto, BinaryNode } from "@whiskeysockets/baileys";
import type { WebSocket } from "ws";
import type { Account, Device, DeviceKeys } from "../model.ts";
import { createNoiseServer } from "../noise/noise-server.ts";
import type { World } from "../world.ts";

export type Registration = DeviceKeys & { noise: Buffer };

/** One client socket, from the handshake to its end. */
export type Connection = {
  id: string;
  account: Account | undefined;
  device: Device | undefined;
  /** True once the client has gone active: stanzas flow only then. */
  active: boolean;
  paired: boolean;
  refs: string[];
  registration: Registration | undefined;
  /** The question whose answer makes this client a linked device. */
  pairIq: { id: string; onAnswer(answer: BinaryNode): void; onClose(): void } | undefined;
  presence: string;
  /** Whom it watches: number -> the jid form it asked with. */
  subscriptions: Map<string, string>;
  send(stanza: BinaryNode): void;
  /** Sends a last stanza and closes in an orderly way. */
  end(stanza?: BinaryNode): void;
  close(): void;
  /** Drops the TCP connection without a close frame. */
  terminate(): void;
};

/** A connection that has logged in. */
export type Session = { conn: Connection; account: Account; device: Device };

export type ConnectionEvents = {
  onClientPayload(
    conn: Connection,
    payload: proto.ClientPayload,
    clientStatic: Buffer,
  ): void | Promise<void>;
  onNode(conn: Connection, stanza: BinaryNode): void | Promise<void>;
  onClose(conn: Connection): void;
};

/** Time for the last stanza to leave before the socket closes. */
const LAST_STANZA_MS = 20;

export function openConnection(world: World, socket: WebSocket, on: ConnectionEvents): Connection {
  const noise = createNoiseServer(world.authority, {
    write: (bytes) => {
      if (socket.readyState === socket.OPEN) socket.send(bytes);
    },
    onClientPayload: (payload, clientStatic) => on.onClientPayload(conn, payload, clientStatic),
    onUnreadable: (error) => world.logger.warn({ err: error }, "an unreadable stanza was dropped"),
    onNode: (stanza) => (isSilent(world, conn) ? undefined : on.onNode(conn, stanza)),
  });
  const conn: Connection = {
    id: randomBytes(3).toString("hex"),
    account: undefined,
    device: undefined,
    active: false,
    paired: false,
    refs: [],
    registration: undefined,
    pairIq: undefined,
    presence: "unavailable",
    subscriptions: new Map(),
    send: (stanza) => {
      if (socket.readyState === socket.OPEN && !isSilent(world, conn)) noise.send(stanza);
    },
    end: (stanza) => {
      if (stanza !== undefined) conn.send(stanza);
      world.timers.after(LAST_STANZA_MS, () => socket.close());
    },
    close: () => socket.close(),
    terminate: () => socket.terminate(),
  };
  // Input is handled strictly one piece after the other.
  let chain = Promise.resolve();
  socket.on("message", (data) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    chain = chain
      .then(() => noise.push(bytes))
      .catch((error: unknown) => {
        world.logger.error({ err: error, conn: conn.id }, "connection failed");
        socket.close();
      });
  });
  socket.on("error", (error) => world.logger.debug({ err: error }, "socket error"));
  socket.on("close", () => on.onClose(conn));
  return conn;
}

const isSilent = (world: World, conn: Connection): boolean =>
  conn.account !== undefined && world.faults.isActive("silent", conn.account.pn);
