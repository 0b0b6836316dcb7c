import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { group } from "../api/names.ts";
import type { ResourceKind } from "../api/resources.ts";

export type Refusal = { code: 401 | 403; message: string } | undefined;

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Who may call. The listener is on loopback, so a caller is a user of this machine or a web page in
 * this machine's browser; pages give themselves away by `Origin` or by a foreign `Host`. Our own
 * kinds are open to local users, as the files behind them are; Deployments name commands and need the token.
 */
export const refuseCaller = (
  headers: IncomingHttpHeaders,
  resource: ResourceKind,
  token: string,
): Refusal => {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  if (!loopbackNames.includes(host)) return { code: 403, message: "not a loopback host name" };
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined) {
    return { code: 403, message: "web pages may not call this API" };
  }
  if (resource.group === group) return undefined;
  const given = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
  return given !== undefined && isSame(given, token)
    ? undefined
    : { code: 401, message: `${resource.plural} need the internal token` };
};

const isSame = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
};
