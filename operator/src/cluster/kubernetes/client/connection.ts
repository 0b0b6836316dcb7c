import { createHash } from "node:crypto";
import { Agent, type Dispatcher } from "undici";
import { ClusterError } from "../../errors.ts";
import type { ClusterAccess } from "./access.ts";
import { createCredentials, type Credentials, type TlsMaterial } from "./credentials.ts";

/** Plenty for a control loop; the API server shares its seats among all clients. */
const connectionsMax = 10;
const responseBytesMax = 256 * 1024 * 1024;
/** How long a rotated file may go unnoticed. Client-go reads tokens again after a minute. */
const filesCheckedEveryMs = 10_000;

/** Where the API server is and how to reach it at the moment. */
export interface Route {
  baseUrl: string;
  headers: Record<string, string>;
  dispatcher: Dispatcher;
}

export interface Connection {
  /** For requests that end: a few connections kept open and shared. */
  request(): Promise<Route>;
  /** For watches: a connection each, so that a slow one holds up nothing else, and no body timeout. */
  watch(): Promise<Route>;
  /** Reads token, certificate and CA files again before the next request: the server refused us. */
  refresh(): void;
  close(): Promise<void>;
}

/**
 * The connections to one API server. They are kept for as long as the certificates stay the same:
 * the library would open new ones for every request, and keep old certificates for ever.
 */
export const createConnection = (
  access: ClusterAccess,
  { nowMs = (): number => performance.now() } = {},
): Connection => {
  const readCredentials = createCredentials(access);
  let current: { pools: Pools; headers: Record<string, string> } | undefined;
  let checkedAtMs = -Infinity;

  const load = async (): Promise<void> => {
    const credentials = await readCredentials();
    const pools = poolsFor(credentials.tls, current?.pools);
    if (current !== undefined && pools !== current.pools) retire(current.pools);
    current = { pools, headers: headersOf(credentials) };
  };

  const route = async (which: "requests" | "watches"): Promise<Route> => {
    if (current === undefined || nowMs() - checkedAtMs > filesCheckedEveryMs) {
      checkedAtMs = nowMs();
      // In the middle of a rotation a file may be missing: what worked until now goes on.
      await load().catch((error: unknown) => {
        if (current === undefined) throw error;
      });
    }
    if (current === undefined) throw new ClusterError("Unavailable", "no connection");
    const { pools, headers } = current;
    return { baseUrl: access.server, headers, dispatcher: pools[which] };
  };

  return {
    request: async () => route("requests"),
    watch: async () => route("watches"),
    refresh: () => {
      checkedAtMs = -Infinity;
    },
    close: async () => {
      const pools = current?.pools;
      await Promise.all([pools?.requests.destroy(), pools?.watches.destroy()]);
    },
  };
};

const headersOf = ({ headers, token }: Credentials): Record<string, string> =>
  token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };

interface Pools {
  key: string;
  requests: Agent;
  watches: Agent;
}

const poolsFor = (connect: TlsMaterial, current: Pools | undefined): Pools => {
  const key = createHash("sha256").update(JSON.stringify(connect)).digest("hex");
  if (current?.key === key) return current;
  // HTTP/1.1: with HTTP/2 everything would share one socket, and one stall would be everyone's.
  const common = { connect, allowH2: false, keepAliveTimeout: 60_000 };
  const limits = { connections: connectionsMax, maxResponseSize: responseBytesMax };
  return {
    key,
    requests: new Agent({ ...common, ...limits }),
    watches: new Agent({ ...common, bodyTimeout: 0, headersTimeout: 30_000 }),
  };
};

/** Requests may finish on the old certificates; watches are cut, and come back on the new ones. */
const retire = (pools: Pools): void => {
  void pools.requests.close().catch(() => undefined);
  void pools.watches.destroy().catch(() => undefined);
};
