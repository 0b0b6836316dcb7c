/** Header names in lower case, as Node hands them over. */
export type IncomingHeaders = Record<string, string | string[] | undefined>;

export interface Hop {
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  readonly requestId: string;
  /** How many proxies of ours stand in front of this one and may be believed. */
  readonly trustedProxies: number;
}

/** Counts the times a request passed an edge, so that a routing loop ends instead of melting. */
const hopHeader = "x-rarity-hops";

/** RFC 9110 section 7.6.1: these speak to the next hop only. `upgrade` is put back for sockets. */
const hopByHop = [
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
];

/** Headers only an edge may write; a caller who sends them is trying to look like one. */
const edgeOnly =
  /^(x-forwarded-|x-rarity-|x-real-ip$|forwarded$|x-middleware-|x-internal-|via$|traceparent$|tracestate$|baggage$)/;

/** The headers a service behind the edge receives for an incoming request. */
export function forwardedHeaders(incoming: IncomingHeaders, hop: Hop): IncomingHeaders {
  const named = connectionTokens(incoming["connection"]);
  const headers: IncomingHeaders = {};
  for (const [name, value] of Object.entries(incoming)) {
    if (hopByHop.includes(name) || named.includes(name) || edgeOnly.test(name)) continue;
    headers[name] = value;
  }
  const chain = trustedChain(incoming["x-forwarded-for"], hop.trustedProxies);
  headers["x-forwarded-for"] = [...chain, hop.remoteAddress].join(", ");
  headers["x-forwarded-proto"] = forwardedProto(incoming, hop);
  const host = forwardedHost(incoming, hop);
  if (host !== undefined) headers["x-forwarded-host"] = host;
  headers["x-request-id"] = hop.requestId;
  headers[hopHeader] = String(hopsOf(incoming) + 1);
  return headers;
}

/** How often this request already passed an edge; nonsense counts as never. */
export function hopsOf(headers: IncomingHeaders): number {
  const value = headers[hopHeader];
  return typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : 0;
}

/** A caller's request id is kept when it is short and plain, so that it is safe in logs. */
export function acceptableRequestId(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" && /^[\w.-]{8,64}$/.test(value) ? value : undefined;
}

/** Only the entries our own proxies wrote, which are the last ones; the rest is the caller's claim. */
function trustedChain(header: string | string[] | undefined, trustedProxies: number): string[] {
  if (trustedProxies === 0 || header === undefined) return [];
  const entries = String(header)
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  return entries.slice(-trustedProxies);
}

function forwardedProto(incoming: IncomingHeaders, hop: Hop): string {
  const claimed = incoming["x-forwarded-proto"];
  if (hop.trustedProxies > 0 && (claimed === "https" || claimed === "http")) return claimed;
  return hop.encrypted ? "https" : "http";
}

function forwardedHost(incoming: IncomingHeaders, hop: Hop): string | undefined {
  const claimed = incoming["x-forwarded-host"];
  if (hop.trustedProxies > 0 && typeof claimed === "string") return claimed;
  const host = incoming["host"];
  return typeof host === "string" ? host : undefined;
}

function connectionTokens(connection: string | string[] | undefined): string[] {
  return String(connection ?? "")
    .split(",")
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "" && token !== "upgrade" && token !== "host");
}
