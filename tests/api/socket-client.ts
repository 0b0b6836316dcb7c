import { waitFor } from "@rarity/platform/testing";
import { WebSocket } from "ws";

interface Envelope {
  readonly type: string;
  readonly id: string;
  readonly seq?: number;
  readonly data: Record<string, unknown>;
}

export interface SocketClient {
  readonly socket: WebSocket;
  readonly received: Envelope[];
  send(type: string, data: unknown, id?: string, more?: object): void;
  next(type: string, id?: string, timeoutMs?: number): Promise<Envelope>;
  /** The close code, once there is one. */
  closed(timeoutMs?: number): Promise<number>;
  close(): void;
}

/** A client of the WebSocket end; with a token it is signed in when this resolves. */
export async function openSocket(origin: string, token?: string): Promise<SocketClient> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`);
  const received: Envelope[] = [];
  let code: number | undefined;
  socket.on("message", (data: Buffer) => {
    received.push(...(JSON.parse(data.toString()) as Envelope[]));
  });
  socket.on("close", (closeCode) => (code = closeCode));
  socket.on("error", () => undefined);
  await waitFor(() => socket.readyState === WebSocket.OPEN, { what: "an open socket" });
  const client: SocketClient = {
    socket,
    received,
    send: (type, data, id = type, more = {}) =>
      socket.send(JSON.stringify({ v: 1, type, id, data, ...more })),
    next: (type, id, timeoutMs = 30_000) =>
      waitFor(
        () => received.find((one) => one.type === type && (id === undefined || one.id === id)),
        { what: `a ${type} frame`, timeoutMs },
      ),
    closed: (timeoutMs = 30_000) => waitFor(() => code, { what: "a close", timeoutMs }),
    close: () => socket.close(),
  };
  if (token !== undefined) {
    client.send("auth", { token });
    await client.next("ready");
  }
  return client;
}
