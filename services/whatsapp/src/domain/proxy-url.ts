export type Proxy = {
  protocol: "http" | "https" | "socks5";
  host: string;
  port: number;
  credentials?: { username: string; password: string };
};

const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;

/** `socks5://user:password@host:1080`, http or https likewise. Errors repeat no part of the value. */
export function parseProxyUrl(text: string): Proxy {
  if (!URL.canParse(text)) throw new Error("must be an http, https or socks5 URL");
  const url = new URL(text);
  const protocol = protocolOf(url);
  if (url.hostname === "") throw new Error("must name a host");
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    throw new Error("must end after the port");
  }
  const proxy = {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? defaultPorts[protocol] : Number(url.port),
  };
  if (url.username === "" && url.password === "") return proxy;
  const credentials = { username: decoded(url.username), password: decoded(url.password) };
  // A SOCKS server is told the length of either in one byte.
  const isLong = Object.values(credentials).some((value) => Buffer.byteLength(value) > 255);
  if (isLong) throw new Error("has credentials of more than 255 bytes");
  return { ...proxy, credentials };
}

function protocolOf({ protocol }: URL): Proxy["protocol"] {
  if (protocol === "http:") return "http";
  if (protocol === "https:") return "https";
  // Names are looked up by the proxy in either case: a look-up of ours would go past it.
  if (protocol === "socks5:" || protocol === "socks5h:") return "socks5";
  throw new Error("must be an http, https or socks5 URL");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error("has credentials that are not percent-encoded");
  }
}
