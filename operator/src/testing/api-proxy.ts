import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as forward, Agent } from "node:https";
import type { Socket } from "node:net";
import { freePort } from "@rarity/platform/ports";
import { listen } from "../http/listen.ts";
import type { TestAccess } from "./kubernetes-world.ts";

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  atMs: number;
  authorization: string | undefined;
}

/**
 * What a fault answers instead of the server, a text as it is and everything else as JSON; `cut` ends
 * the connection without an answer, `hang` begins one and never goes on.
 */
export type Fault =
  { status: number; headers?: Record<string, string>; body?: unknown } | "cut" | "hang";

type Decide = (seen: SeenRequest) => Fault | undefined | Promise<Fault | undefined>;

export interface ApiProxy {
  url: string;
  seen: SeenRequest[];
  /** How many connections have been made so far. */
  connections(): number;
  /** Decides for each request, which waits for that; undefined lets it through. */
  fault(decide: Decide | undefined): void;
  /** Ends every open connection. */
  cut(): void;
  /** Refuses connections, until it is called with false. */
  down(isDown: boolean): Promise<void>;
  /** Another certificate from now on. */
  present(pair: { certPem: string; keyPem: string }): void;
  close(): Promise<void>;
}

/**
 * Stands in front of an API server and misbehaves as it is told. Requests are passed on with the
 * test's own certificate, or with the caller's token if it has one.
 */
export const startApiProxy = async (
  access: TestAccess,
  pair: { certPem: string; keyPem: string },
): Promise<ApiProxy> => {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const upstream = createUpstream(access);
  let decide: Decide | undefined;

  const server = createServer(
    { cert: pair.certPem, key: pair.keyPem },
    (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      const { method = "", url = "", headers } = incoming;
      const entry = { method, url, atMs: performance.now(), authorization: headers.authorization };
      seen.push(entry);
      const act = (fault: Fault | undefined): void => {
        if (fault === undefined) upstream.pass(incoming, outgoing);
        else misbehave(fault, incoming, outgoing);
      };
      const decided = decide?.(entry);
      if (decided instanceof Promise) decided.then(act, () => outgoing.destroy());
      else act(decided);
    },
  );
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await freePort();
  await listen(server, "127.0.0.1", port);
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    cut();
    await closed;
  };
  return {
    url: `https://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    fault: (next) => {
      decide = next;
    },
    cut,
    down: async (isDown) => {
      if (isDown) await stop();
      else await listen(server, "127.0.0.1", port);
    },
    present: (next) => server.setSecureContext({ cert: next.certPem, key: next.keyPem }),
    close: async () => {
      await stop();
      upstream.close();
    },
  };
};

interface Upstream {
  pass(incoming: IncomingMessage, outgoing: ServerResponse): void;
  close(): void;
}

const createUpstream = ({
  url: base,
  caPem: ca,
  certPem: cert,
  keyPem: key,
}: TestAccess): Upstream => {
  const asAdmin = new Agent({ keepAlive: true, ca, cert, key });
  const asCaller = new Agent({ keepAlive: true, ca });
  return {
    pass: (incoming, outgoing) => {
      const { authorization } = incoming.headers;
      const agent = authorization === undefined ? asAdmin : asCaller;
      // The name of this proxy is not the server's.
      const headers = { ...incoming.headers };
      delete headers.host;
      const url = new URL(incoming.url ?? "/", base);
      const upstream = forward(url, { agent, method: incoming.method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.on("error", () => outgoing.destroy());
      });
      upstream.on("error", () => outgoing.destroy());
      outgoing.on("close", () => upstream.destroy());
      incoming.pipe(upstream);
    },
    close: () => {
      asAdmin.destroy();
      asCaller.destroy();
    },
  };
};

const misbehave = (fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void => {
  if (fault === "cut") {
    incoming.socket.destroy();
    return;
  }
  if (fault === "hang") {
    outgoing.writeHead(200, { "content-type": "application/json" });
    outgoing.flushHeaders();
    return;
  }
  outgoing.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
  const { body = { kind: "Status", code: fault.status } } = fault;
  outgoing.end(`${typeof body === "string" ? body : JSON.stringify(body)}\n`);
};
