import { EventEmitter } from "node:events";
import type { Agent, ClientRequest } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Dispatcher } from "undici";
import type { Proxy } from "../../domain/proxy-url.ts";

/** How an account reaches the outside. `direct` has neither part. */
export type WayOut = {
  /** For Node's own HTTP client and for WebSockets. */
  readonly agent: Agent | undefined;
  /** For the `fetch` built into Node. */
  readonly dispatcher: Dispatcher | undefined;
};

export const direct: WayOut = { agent: undefined, dispatcher: undefined };

/** Opens no connection. Loads the proxy libraries only where there is a proxy. */
export async function openWayOut(proxy: Proxy | undefined): Promise<WayOut> {
  if (proxy === undefined) return direct;
  const [{ TunnelAgent }, { Agent: FetchAgent, Dispatcher1Wrapper }] = await Promise.all([
    import("./tunnel-agent.ts"),
    import("undici"),
  ]);
  const agent = new TunnelAgent(proxy);
  const fetching = new FetchAgent({
    connect: (target, done) => {
      const { hostname, port, protocol, servername } = target;
      const isSecure = protocol === "https:";
      agent
        .connect(standInRequest(), {
          host: hostname,
          port: port === "" ? (isSecure ? 443 : 80) : Number(port),
          secureEndpoint: isSecure,
          ...(servername ? { servername } : {}),
        })
        // A secure endpoint answers a TLS socket; undici takes a plain one by the same type.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
        .then((socket) => (isSecure ? secured(socket as TLSSocket) : (socket as TLSSocket)))
        .then(
          (socket) => done(null, socket),
          (error: unknown) => done(error as Error, null),
        );
    },
  });
  // The `fetch` of this Node speaks the older handler interface.
  return { agent, dispatcher: new Dispatcher1Wrapper(fetching) };
}

/** The agents take a request of Node's, of which undici has none: they listen to it and end it. */
function standInRequest(): ClientRequest {
  const request: unknown = Object.assign(new EventEmitter(), { destroy: () => undefined });
  return request as ClientRequest;
}

function secured(socket: TLSSocket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/**
 * Every `fetch` of this process takes the way of its account: a library that starts to fetch
 * something must not show the address we hide.
 */
export async function guardFetch({ dispatcher }: WayOut): Promise<void> {
  if (dispatcher === undefined) return;
  const { setGlobalDispatcher } = await import("undici");
  setGlobalDispatcher(dispatcher);
}
