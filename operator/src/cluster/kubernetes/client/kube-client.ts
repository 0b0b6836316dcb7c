import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { ClusterError } from "../../errors.ts";
import type { Connection, Route } from "./connection.ts";
import { refusalOf } from "./refusal.ts";
import { attemptsMax, retryDelayMs } from "./retry.ts";
import { readLines } from "./read-lines.ts";

export interface KubeRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
  /** For one attempt, headers and body. 30 s when left out. */
  timeoutMs?: number;
  /** 1: a failure is the answer. */
  attempts?: number;
  /** Called before each attempt. What it throws is the answer. */
  beforeAttempt?: () => void;
}

export interface KubeClient {
  /** The parsed answer. Refusals and, after a bounded number of attempts, failures are ClusterErrors. */
  send(request: KubeRequest): Promise<unknown>;
  /** The lines of an answer that does not end by itself. Its failures are thrown by the iteration. */
  stream(
    request: Pick<KubeRequest, "path" | "query" | "accept"> & { signal: AbortSignal },
  ): AsyncIterable<string>;
  close(): Promise<void>;
}

export interface ClientMetrics {
  /** `code` is an HTTP status, or `<error>` when there was no answer. */
  requested(method: string, code: string, seconds: number): void;
  retried(method: string, code: string): void;
}

export interface KubeClientDeps {
  connection: Connection;
  metrics: ClientMetrics;
  userAgent?: string;
  random?: () => number;
}

/** What an attempt came to. Without a code there was no answer, and `text` says why. */
interface Outcome {
  code?: number;
  text: string;
  retryAfter?: string;
}

const requestTimeoutMs = 30_000;
const failed = "<error>";

/** Plain JSON over the API server's HTTP API: no typed model that could drop a field it does not know. */
export const createKubeClient = (deps: KubeClientDeps): KubeClient => ({
  send: async (wanted) => send(deps, wanted),
  stream: (wanted) => stream(deps, wanted),
  close: async () => deps.connection.close(),
});

const send = async (deps: KubeClientDeps, wanted: KubeRequest): Promise<unknown> => {
  const { method, attempts = attemptsMax } = wanted;
  const random = deps.random ?? Math.random;
  for (let number = 1; ; number += 1) {
    wanted.beforeAttempt?.();
    const outcome = await attempt(deps, wanted);
    const { code, text, retryAfter } = outcome;
    if (code !== undefined && code < 300) return parse(text);
    const waitMs = retryDelayMs({ number, method, status: code, retryAfter, random: random() });
    if (waitMs === undefined || number >= attempts) throw errorOf(outcome, wanted);
    deps.metrics.retried(method, String(code ?? failed));
    await pause(waitMs, wanted.signal);
  }
};

const errorOf = ({ code, text }: Outcome, { body }: KubeRequest): ClusterError =>
  code === undefined ? new ClusterError("Unavailable", text) : refusalOf(code, text, body);

const pause = async (waitMs: number, signal: AbortSignal | undefined): Promise<void> =>
  delay(waitMs, undefined, signal === undefined ? {} : { signal });

const attempt = async (deps: KubeClientDeps, wanted: KubeRequest): Promise<Outcome> => {
  const { connection, metrics } = deps;
  const began = performance.now();
  try {
    const outcome = await exchange(deps, wanted);
    metrics.requested(wanted.method, String(outcome.code), (performance.now() - began) / 1000);
    if (outcome.code === 401) connection.refresh();
    return outcome;
  } catch (error) {
    metrics.requested(wanted.method, failed, (performance.now() - began) / 1000);
    if (wanted.signal?.aborted === true) throw error;
    connection.refresh();
    return { text: unreachable(error) };
  }
};

/** One request and its whole answer, within its time. */
const exchange = async (
  { connection, userAgent }: KubeClientDeps,
  wanted: KubeRequest,
): Promise<Outcome> => {
  const { method, body, contentType = "application/json", accept, signal } = wanted;
  const deadline = AbortSignal.timeout(wanted.timeoutMs ?? requestTimeoutMs);
  const route = await connection.request();
  const response = await request(urlOf(route, wanted), {
    method,
    dispatcher: route.dispatcher,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    headers: { ...headersOf(route, accept, userAgent), "content-type": contentType },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const retryAfter = [response.headers["retry-after"]].flat()[0];
  return {
    code: response.statusCode,
    text: await response.body.text(),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
};

const headersOf = (
  route: Route,
  accept = "application/json",
  userAgent = "rarity-operator",
): Record<string, string> => ({ ...route.headers, accept, "user-agent": userAgent });

async function* stream(
  { connection, metrics, userAgent }: KubeClientDeps,
  wanted: Parameters<KubeClient["stream"]>[0],
): AsyncGenerator<string> {
  const began = performance.now();
  const route = await connection.watch();
  const { statusCode, body } = await request(urlOf(route, wanted), {
    method: "GET",
    dispatcher: route.dispatcher,
    signal: wanted.signal,
    headers: headersOf(route, wanted.accept, userAgent),
  }).catch((error: unknown) => {
    metrics.requested("GET", failed, (performance.now() - began) / 1000);
    connection.refresh();
    throw new ClusterError("Unavailable", unreachable(error));
  });
  metrics.requested("GET", String(statusCode), (performance.now() - began) / 1000);
  if (statusCode === 401) connection.refresh();
  if (statusCode !== 200) {
    const text = await body.text();
    throw statusCode === 410 ? new ExpiredError() : refusalOf(statusCode, text);
  }
  yield* readLines(body);
}

/** The version asked for is no longer kept: everything has to be listed again. */
export class ExpiredError extends Error {
  override readonly name = "ExpiredError";
  constructor() {
    super("the resource version is too old");
  }
}

/** Node's messages name addresses and ports, never headers or bodies. */
const unreachable = (error: unknown): string =>
  `the API server cannot be reached: ${error instanceof Error ? error.message : "no answer"}`;

const urlOf = (
  { baseUrl }: Route,
  { path, query = {} }: Pick<KubeRequest, "path" | "query">,
): URL => {
  // A server behind a proxy has a path of its own, which comes first.
  const url = new URL(baseUrl.replace(/\/$/, "") + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ClusterError("Unavailable", "the API server's answer is not JSON");
  }
};
