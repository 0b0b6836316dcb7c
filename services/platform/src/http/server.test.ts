import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineRoute } from "@rarity/contracts/route";
import { AppError } from "../errors/index.ts";
import { createLogger } from "../logger/index.ts";
import { createMetrics } from "../metrics/index.ts";
import { createHttpServer, handle, type HttpServer } from "./index.ts";

const echo = defineRoute({
  method: "POST",
  path: "/things/:id",
  operationId: "echo",
  summary: "Echo",
  tag: "test",
  auth: "none",
  params: z.strictObject({ id: z.uuid() }),
  body: z.strictObject({ n: z.int() }),
  response: { status: 201, schema: z.strictObject({ n: z.int() }) },
  errors: [],
});
const failing = defineRoute({
  method: "GET",
  path: "/fail/:how",
  operationId: "fail",
  summary: "Fail",
  tag: "test",
  auth: "none",
  params: z.strictObject({ how: z.string() }),
  response: { status: 200 },
  errors: [],
});
const secret = defineRoute({ ...failing, path: "/internal/x", operationId: "x", auth: "internal" });

const id = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11";
const lines: string[] = [];
let server: HttpServer;
let ready = true;
let draining = false;

beforeAll(async () => {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  server = await createHttpServer({
    logger: createLogger({ service: "test", level: "info", stream }),
    metrics: createMetrics("test", { defaults: false }),
    host: "127.0.0.1",
    port: 0,
    ready: () => ready,
    draining: () => draining,
    bodyMaxBytes: 200,
    internalToken: "right",
    routes: [
      handle(echo, ({ body }) => Promise.resolve({ n: body.n })),
      handle(failing, ({ params }) => {
        if (params.how === "known") throw new AppError("CONFLICT", "already there");
        throw new Error("password=hunter2 in an internal message");
      }),
      handle(secret, () => Promise.resolve({})),
    ],
  });
});
afterAll(() => server.close());

type Answer = { status: number; body: Record<string, unknown>; headers: Headers };
const ask = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
  const answer = await fetch(`${server.url}${path}`, { method, ...init });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Record<string, unknown>,
  };
};
const json = (body: unknown, type = "application/json"): RequestInit => ({
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { "content-type": type },
});
const codeOf = (answer: Answer): unknown => (answer.body["error"] as { code: string }).code;

describe("http server", () => {
  test("a good request is parsed and answered with the route's status", async () => {
    const answer = await ask("POST", `/things/${id}`, json({ n: 3 }));
    expect([answer.status, answer.body]).toEqual([201, { n: 3 }]);
  });

  test.each([
    ["unknown field", "POST", `/things/${id}`, json({ n: 3, extra: 1 }), 400, "VALIDATION_FAILED"],
    ["wrong type", "POST", `/things/${id}`, json({ n: "3" }), 400, "VALIDATION_FAILED"],
    ["bad id", "POST", "/things/none", json({ n: 3 }), 400, "VALIDATION_FAILED"],
    ["malformed JSON", "POST", `/things/${id}`, json("{"), 400, "MALFORMED_JSON"],
    [
      "oversize",
      "POST",
      `/things/${id}`,
      json({ n: 3, pad: "x".repeat(300) }),
      413,
      "PAYLOAD_TOO_LARGE",
    ],
    [
      "media type",
      "POST",
      `/things/${id}`,
      json("n=3", "text/plain"),
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    ["unknown address", "GET", "/nowhere", {}, 404, "NOT_FOUND"],
    ["wrong method", "DELETE", `/things/${id}`, {}, 405, "METHOD_NOT_ALLOWED"],
    ["known failure", "GET", "/fail/known", {}, 409, "CONFLICT"],
    ["no internal token", "GET", "/internal/x", {}, 401, "UNAUTHENTICATED"],
    [
      "wrong internal token",
      "GET",
      "/internal/x",
      { headers: { authorization: "Bearer wrong" } },
      401,
      "UNAUTHENTICATED",
    ],
  ] as const)(
    "%s answers its own code in the envelope",
    async (_name, method, path, init, status, code) => {
      const answer = await ask(method, path, init);
      expect([answer.status, codeOf(answer)]).toEqual([status, code]);
      expect(answer.headers.get("x-request-id")).toBeTruthy();
    },
  );

  test("an answer closes its connection once the process stops, and only then", async () => {
    const connection = async (): Promise<string | null> =>
      (await ask("GET", "/livez")).headers.get("connection");
    expect(await connection()).toBe("keep-alive");
    draining = true;
    expect(await connection()).toBe("close");
    draining = false;
  });

  test("an unknown failure shows nothing of itself and is logged", async () => {
    const answer = await ask("GET", "/fail/unknown");
    expect([answer.status, codeOf(answer)]).toEqual([500, "INTERNAL"]);
    expect(JSON.stringify(answer.body)).not.toContain("hunter2");
    expect(lines.join("")).toContain("request failed");
  });

  test("RFC 9457 on request", async () => {
    const answer = await ask("GET", "/fail/known", {
      headers: { accept: "application/problem+json" },
    });
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ status: 409, code: "CONFLICT", detail: "already there" });
  });

  test("readiness may fail while liveness holds", async () => {
    ready = false;
    expect((await ask("GET", "/readyz")).status).toBe(503);
    expect((await ask("GET", "/livez")).status).toBe(200);
    ready = true;
    expect((await ask("GET", "/readyz")).status).toBe(200);
  });
});
