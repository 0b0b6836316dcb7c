import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createLogger } from "@rarity/platform/logger";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startEdge } from "../src/start-edge.ts";

interface Seen {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let upstream: Server;
let port: number;
type Cuttable = Duplex & { resetAndDestroy(): void };
const upgraded: Cuttable[] = [];
const stops: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => {
    // A request that the edge cuts off ends here with an error, which is what is wanted.
    echo(request).then(
      (body) => response.end(body),
      () => response.destroy(),
    );
  });
  upstream.on("upgrade", (_request, socket) => {
    upgraded.push(socket as Cuttable);
    socket.on("error", () => undefined);
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    socket.pipe(socket);
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  port = await startEdge({
    logger: createLogger({ service: "edge", level: "silent" }),
    scope: {
      onStop: (_name, fn) => void stops.push(fn),
      ready: () => true,
    },
    config: {
      HOST: "127.0.0.1",
      PORT: 0,
      LOG_LEVEL: "silent",
      ORCHESTRATOR_URL: url,
      LEADS_URL: "http://127.0.0.1:1",
      ACCOUNTS_URL: url,
      AUTH_URL: url,
      TRUSTED_PROXIES: 0,
      BODY_BYTES_MAX: 2_000,
      MEDIA_BYTES_MAX: 4_000,
      CONNECTIONS_MAX: 100,
      RESPONSE_TIMEOUT_MS: 5_000,
    },
  });
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  upstream.closeAllConnections();
  upstream.close();
});

async function echo(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { url, headers } = request;
  return JSON.stringify({ url, headers, body: Buffer.concat(chunks).toString() });
}

const at = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

/** Sent without a length, so that only counting on the way can find it too large. */
function postInChunks(path: string, bytes: number): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const request = httpRequest({ port, host: "127.0.0.1", path, method: "POST" });
  request.on("response", (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  request.on("error", reject);
  request.write(Buffer.alloc(bytes / 2));
  request.end(Buffer.alloc(bytes / 2));
  return promise;
}

it("passes a request on, named, and without what callers must not claim", async () => {
  const answer = await at("/api/auth/sign-in?x=1", {
    method: "POST",
    body: "hello",
    headers: {
      "x-forwarded-for": "1.2.3.4",
      "x-internal-role": "admin",
      authorization: "Bearer t",
    },
  });
  const seen = (await answer.json()) as Seen;
  expect(seen).toMatchObject({ url: "/api/auth/sign-in?x=1", body: "hello" });
  expect(seen.headers).toMatchObject({
    "x-forwarded-for": "127.0.0.1",
    authorization: "Bearer t",
    "x-request-id": answer.headers.get("x-request-id"),
  });
  expect(seen.headers).not.toHaveProperty("x-internal-role");
});

it("does not open the platform's inner addresses", async () => {
  for (const path of ["/internal/api-keys/verify", "/internal/accounts", "/api/nothing"]) {
    expect((await at(path)).status).toBe(404);
  }
});

it("limits bodies, and more for media than for the rest", async () => {
  const post = async (path: string, size: number): Promise<number> =>
    (await at(path, { method: "POST", body: "x".repeat(size) })).status;
  expect(await post("/api/messages/send", 2_000)).toBe(200);
  expect(await post("/api/messages/send", 2_001)).toBe(413);
  expect(await post("/api/media", 4_000)).toBe(200);
  expect(await post("/api/media", 4_001)).toBe(413);
  expect(await postInChunks("/api/messages/send", 2_000)).toBe(200);
  expect(await postInChunks("/api/messages/send", 3_000)).toBe(413);
});

it("answers in the platform's envelope when a service is away", async () => {
  const answer = await at("/api/leads");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await answer.json()).toMatchObject({ error: { code: "UNAVAILABLE", retryable: true } });
});

it("carries a socket both ways", async () => {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(5_000, () => socket.destroy(new Error("nothing came back")));
  socket.write("GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n");
  const [head] = (await once(socket, "data")) as [Buffer];
  expect(head.toString()).toContain("101 Switching Protocols");
  socket.write("ping");
  const [back] = (await once(socket, "data")) as [Buffer];
  expect(back.toString()).toBe("ping");
  socket.destroy();
});

it("outlives callers and services that cut a socket instead of closing it", async () => {
  const failures: unknown[] = [];
  const note = (error: unknown): void => void failures.push(error);
  process.on("uncaughtExceptionMonitor", note);
  for (const cut of ["caller", "service"] as const) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    await once(socket, "data");
    const closed = once(upgraded.at(-1)!, "close");
    const ended = once(socket, "close");
    const after: Buffer[] = [];
    socket.on("data", (data) => after.push(data));
    socket.write("something is on its way back");
    if (cut === "caller") socket.resetAndDestroy();
    else upgraded.at(-1)?.resetAndDestroy();
    await Promise.all([closed, ended]);
    expect(Buffer.concat(after).toString()).not.toContain("HTTP/1.1");
    expect((await at("/livez")).status).toBe(200);
  }
  process.off("uncaughtExceptionMonitor", note);
  expect(failures).toEqual([]);
});

it("serves health, metrics and the description of the API", async () => {
  for (const path of ["/", "/livez", "/readyz", "/metrics", "/api/openapi.json"]) {
    expect((await at(path)).status).toBe(200);
  }
  expect((await at("/readyz", { method: "POST" })).status).toBe(405);
});
