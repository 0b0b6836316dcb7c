import { once } from "node:events";
import type { ClientRequest, IncomingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { Agent } from "agent-base";
import type { AgentConnectOpts } from "agent-base";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import type { Proxy } from "../../domain/proxy-url.ts";
import { ProxyError } from "./proxy-error.ts";
import type { ProxyFailure } from "./proxy-error.ts";

const tunnelTimeoutMs = 15_000;

/**
 * The only way out of a proxied account: WebSocket, uploads and downloads all take their sockets
 * here. It answers a socket through the proxy or an error, never a socket that goes directly.
 */
export class TunnelAgent extends Agent {
  readonly #proxy: Proxy;
  readonly #timeoutMs: number;

  constructor(proxy: Proxy, timeoutMs = tunnelTimeoutMs) {
    super();
    this.#proxy = proxy;
    this.#timeoutMs = timeoutMs;
  }

  override async connect(request: ClientRequest, options: AgentConnectOpts): Promise<Duplex> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), this.#timeoutMs);
    const tunnel = this.#tunnel(request, options, giveUp.signal);
    // Too late is never: nobody would use this socket.
    void tunnel.then((socket) => giveUp.signal.aborted && socket.destroy()).catch(() => undefined);
    try {
      return await Promise.race([tunnel, silence(giveUp.signal)]);
    } catch (error) {
      throw error instanceof ProxyError ? error : new ProxyError(failureOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #tunnel(request: ClientRequest, options: AgentConnectOpts, signal: AbortSignal): Promise<Duplex> {
    return this.#proxy.protocol === "socks5"
      ? throughSocks(this.#proxy, request, options)
      : throughConnect(this.#proxy, request, options, signal);
  }
}

async function silence(signal: AbortSignal): Promise<never> {
  await once(signal, "abort");
  throw new ProxyError("silent");
}

/** One agent a socket, so that the signal ends this attempt and no other. */
async function throughConnect(
  { protocol, host, port, credentials }: Proxy,
  request: ClientRequest,
  options: AgentConnectOpts,
  signal: AbortSignal,
): Promise<Duplex> {
  const address = `${protocol}://${bracketed(host)}:${port}`;
  const agent = new HttpsProxyAgent(address, { signal, headers: authorization(credentials) });
  let status = 0;
  agent.once("proxyConnect", (answer: { statusCode: number; headers: IncomingHttpHeaders }) => {
    status = answer.statusCode;
  });
  const socket = await agent.connect(request, options);
  if (status === 200) return socket;
  // The library would replay the proxy's refusal as the far side's answer.
  socket.destroy();
  throw new ProxyError(status === 407 ? "auth_refused" : "refused");
}

function authorization(credentials: Proxy["credentials"]): Record<string, string> {
  if (credentials === undefined) return {};
  const pair = `${credentials.username}:${credentials.password}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

async function throughSocks(
  { host, port, credentials }: Proxy,
  request: ClientRequest,
  options: AgentConnectOpts,
): Promise<Duplex> {
  // socks5h: the proxy looks names up.
  const url = new URL(`socks5h://${bracketed(host)}:${port}`);
  if (credentials !== undefined) {
    url.username = encodeURIComponent(credentials.username);
    url.password = encodeURIComponent(credentials.password);
  }
  return new SocksProxyAgent(url).connect(request, options);
}

function failureOf(error: unknown): ProxyFailure {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const text = typeof message === "string" ? message : "";
  if (/authentication/i.test(text)) return "auth_refused";
  if (/rejected connection/i.test(text)) return "refused";
  if (/timed out/i.test(text) || code === "ETIMEDOUT") return "silent";
  return "unreachable";
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
