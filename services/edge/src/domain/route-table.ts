/** Which service answers which part of the single origin. Longest prefix wins. */
export type ServiceName = "orchestrator" | "leads" | "accounts" | "auth";

export interface RouteEntry {
  readonly prefix: string;
  readonly service: ServiceName;
}

export const httpRoutes: readonly RouteEntry[] = [
  { prefix: "/api/auth", service: "auth" },
  { prefix: "/api/organizations", service: "auth" },
  { prefix: "/api/members", service: "auth" },
  { prefix: "/api/api-keys", service: "auth" },
  { prefix: "/.well-known/jwks.json", service: "auth" },
  { prefix: "/api/leads", service: "leads" },
  { prefix: "/api/companies", service: "leads" },
  { prefix: "/api/accounts", service: "accounts" },
  { prefix: "/api/messages", service: "orchestrator" },
  { prefix: "/api/media", service: "orchestrator" },
  { prefix: "/api/conversations", service: "orchestrator" },
  { prefix: "/api/dead-letters", service: "orchestrator" },
];

export const socketRoutes: readonly RouteEntry[] = [{ prefix: "/ws", service: "orchestrator" }];

/** The service behind a path, or undefined when this origin has nothing there. */
export function findService(
  routes: readonly RouteEntry[],
  pathname: string,
): ServiceName | undefined {
  let best: RouteEntry | undefined;
  for (const entry of routes) {
    const matches = pathname === entry.prefix || pathname.startsWith(`${entry.prefix}/`);
    if (matches && entry.prefix.length > (best?.prefix.length ?? -1)) best = entry;
  }
  return best?.service;
}

/**
 * The path of a request target, or undefined when two parsers could read it differently. Choosing a
 * service by one reading and serving by another is how a proxy is walked around, so such targets are
 * refused rather than repaired.
 */
export function safePathname(target: string): string | undefined {
  if (!target.startsWith("/") || target.startsWith("//")) return undefined;
  const pathname = target.split(/[?#]/, 1)[0] ?? "";
  if (/[\\\0]|%2f|%5c|%00|%2e/i.test(pathname)) return undefined;
  if (pathname.includes("//")) return undefined;
  if (pathname.split("/").some((segment) => segment === "." || segment === "..")) return undefined;
  return pathname;
}
