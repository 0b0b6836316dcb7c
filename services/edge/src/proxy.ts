import { Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createProxyServer } from "http-proxy-3";
import { BodyTooLarge, declaredLength, limitBody } from "./body-limit.ts";
import { answerTo, refuse, refuseUpgrade, type Refusal } from "./reply.ts";

export interface ProxyOptions {
  readonly connectTimeoutMs: number;
  /** Longest silence of a service while we wait for its answer. */
  readonly responseTimeoutMs: number;
  readonly socketsPerServiceMax: number;
  /** True while it stops: every answer then closes its connection, so that none is cut under a request. */
  readonly draining?: () => boolean;
}

/** One request that has passed every check, with the headers it continues with already in place. */
export interface Passage {
  readonly target: string;
  readonly requestId: string;
  readonly onFailure: (error: Error) => void;
}

export interface Proxy {
  request(request: IncomingMessage, response: ServerResponse, to: Passage, maxBytes: number): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, to: Passage): void;
  close(): void;
}

/** What a network socket knows of itself beyond a stream. */
type Counted = Duplex & { readonly bytesWritten: number };

/** Carries requests and sockets to the services over kept-alive connections. */
export function createProxy(options: ProxyOptions): Proxy {
  const agent = new Agent({ keepAlive: true, maxSockets: options.socketsPerServiceMax });
  const proxy = createProxyServer({
    xfwd: false,
    proxyTimeout: options.responseTimeoutMs,
    connectTimeout: options.connectTimeoutMs,
  });
  const outgoing = new WeakMap<IncomingMessage, ClientRequest>();
  const timedOut = new WeakSet<IncomingMessage>();
  proxy.on("proxyReq", (proxyRequest, request) => {
    outgoing.set(request, proxyRequest);
    proxyRequest.once("timeout", () => timedOut.add(request));
  });
  proxy.on("proxyRes", (answer) => {
    // How a service treats its connection with us is nothing to the caller.
    if (options.draining?.() === true) answer.headers.connection = "close";
    else delete answer.headers.connection;
  });
  // A caller that went away is nobody's error; the library has already stopped the other side.
  proxy.on("econnreset", () => undefined);
  // The same for an upgraded socket that a caller cuts: without a listener it would end this process.
  proxy.on("error", () => undefined);

  return {
    request(request, response, to, maxBytes) {
      let failed = false;
      const fail = (error: Error): void => {
        // Stopping the outgoing request makes it fail too; the first failure is the answer.
        if (failed) return;
        failed = true;
        outgoing.get(request)?.destroy();
        const cause = timedOut.has(request) ? new ServiceTimeout("no answer in time") : error;
        to.onFailure(cause);
        refuse(response, { ...failureReply(cause), ...answerTo(request, to.requestId) });
      };
      const buffer = guardedBody(request, maxBytes, fail);
      proxy.web(request, response, { target: to.target, agent, ...(buffer && { buffer }) }, fail);
    },

    upgrade(request, socket, head, to) {
      socket.on("error", () => socket.destroy());
      proxy.ws(request, socket, head, { target: to.target }, (error) => {
        to.onFailure(error);
        // Once upgraded, the bytes on the socket are frames: an HTTP answer has no place among them.
        if (((socket as Partial<Counted>).bytesWritten ?? 0) > 0) socket.destroy();
        else refuseUpgrade(socket, { ...failureReply(error), ...answerTo(request, to.requestId) });
      });
    },

    close() {
      proxy.removeAllListeners();
      agent.destroy();
    },
  };
}

/** A body of declared length was checked before; one in chunks is counted on the way. */
function guardedBody(
  request: IncomingMessage,
  maxBytes: number,
  fail: (error: Error) => void,
): ReturnType<typeof limitBody> | undefined {
  if (request.headers["transfer-encoding"] === undefined || declaredLength(request) !== undefined) {
    return undefined;
  }
  const guard = limitBody(maxBytes);
  guard.once("error", fail);
  request.once("error", (error) => guard.destroy(error));
  request.pipe(guard);
  return guard;
}

class ServiceTimeout extends Error {
  override readonly name = "ServiceTimeout";
}

function failureReply(error: Error): Omit<Refusal, "requestId" | "asProblem"> {
  if (error instanceof BodyTooLarge) {
    return {
      code: "PAYLOAD_TOO_LARGE",
      message: "The body is larger than allowed",
      closeConnection: true,
    };
  }
  if (error instanceof ServiceTimeout) {
    return {
      code: "TIMEOUT",
      message: "The service behind this address took too long",
      closeConnection: true,
    };
  }
  return {
    code: "UNAVAILABLE",
    message: "The service behind this address does not answer",
    retryAfterS: 1,
    closeConnection: true,
  };
}
