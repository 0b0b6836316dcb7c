import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher } from "undici";
import { ClusterError } from "../../errors.ts";

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

type Material = Pick<
  RequestOptions,
  "ca" | "cert" | "key" | "pfx" | "passphrase" | "servername" | "rejectUnauthorized"
>;

/**
 * The connections to one API server. They are kept for as long as the certificates stay the same:
 * the library would open new ones for every request, and keep old certificates for ever.
 */
export const createConnection = (
  config: KubeConfig,
  { nowMs = (): number => performance.now() } = {},
): Connection => {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new ClusterError("BadRequest", "the kubeconfig names no cluster");
  const token = tokenFileOf(config);
  const files = [cluster.caFile, config.getCurrentUser()?.certFile, token?.file];
  let current: { stamp: string; pools: Pools; headers: Record<string, string> } | undefined;
  let checkedAtMs = -Infinity;

  const load = async (): Promise<void> => {
    const stamp = stampOf(files);
    if (current !== undefined && token !== undefined && stamp === current.stamp) return;
    const options: RequestOptions = { headers: {} };
    // Reads certificate files and runs credential plugins, which keep their answer until it expires.
    await config.applyToHTTPSOptions(options);
    const headers = { ...(options.headers as Record<string, string>) };
    if (token !== undefined) headers["Authorization"] = `Bearer ${token.read()}`;
    const pools = poolsFor(options, current?.pools);
    if (current !== undefined && pools !== current.pools) retire(current.pools);
    current = { stamp, pools, headers };
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
    return { baseUrl: cluster.server, headers, dispatcher: pools[which] };
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

interface Pools {
  key: string;
  requests: Agent;
  watches: Agent;
}

const materialOf = (options: RequestOptions): Material => {
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  const all = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]: [string, unknown]) => value != null),
  );
};

const poolsFor = (options: RequestOptions, current: Pools | undefined): Pools => {
  const connect = materialOf(options) as Agent.Options["connect"] & object;
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

const stampOf = (files: readonly (string | undefined)[]): string =>
  files.map((file) => (file === undefined ? "" : stampOfFile(file))).join("|");

const stampOfFile = (file: string): string => {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "absent" : `${stat.mtimeMs}/${stat.size}/${stat.ino}`;
};

interface TokenFile {
  file: string;
  read(): string;
}

/** Read here and not by the library, which goes on with an old token for a minute. */
const tokenFileOf = (config: KubeConfig): TokenFile | undefined => {
  const provider = config.getCurrentUser()?.authProvider as
    { config?: { tokenFile?: string } } | undefined;
  const file = provider?.config?.tokenFile;
  return file === undefined ? undefined : { file, read: () => readFileSync(file, "utf8").trim() };
};
