import type { IncomingMessage } from "node:http";
import type { RequestHeaderTrust } from "./request-header-trust.ts";

/** Who asks, as authentication.k8s.io names it. */
export interface User {
  username: string;
  uid?: string;
  groups: readonly string[];
  extra: Readonly<Record<string, readonly string[]>>;
}

/** Header names to their values, one entry for each time it was sent. */
type Headers = IncomingMessage["headersDistinct"];

/** The user named by a front proxy. Call it only for a peer that is one: see isFrontProxy. */
export const userFromHeaders = (headers: Headers, trust: RequestHeaderTrust): User | undefined => {
  const first = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => headers[name] ?? []).find((value) => value !== "");
  const username = first(trust.usernameHeaders);
  if (username === undefined) return undefined;
  const uid = first(trust.uidHeaders);
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: trust.groupHeaders.flatMap((name) => headers[name] ?? []),
    extra: extraOf(headers, trust.extraPrefixes),
  };
};

/** Whether a peer whose certificate the trusted authorities signed carries an accepted name. */
export const isFrontProxy = (commonName: string | undefined, trust: RequestHeaderTrust): boolean =>
  commonName !== undefined &&
  (trust.allowedNames.length === 0 || trust.allowedNames.includes(commonName));

const everybody = "system:authenticated";
const nobody = "system:unauthenticated";

/** As every API server does: who is somebody is also everybody. The front proxy leaves that out. */
export const withEverybody = (user: User): User =>
  user.groups.includes(everybody) || user.groups.includes(nobody)
    ? user
    : { ...user, groups: [...user.groups, everybody] };

const extraOf = (headers: Headers, prefixes: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, values]) => {
      const prefix = prefixes.find((each) => name.startsWith(each));
      if (prefix === undefined || values === undefined) return [];
      return [[decode(name.slice(prefix.length)), values]];
    }),
  );

/** Keys are percent-encoded where a header name cannot hold them. */
const decode = (key: string): string => {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
};

export const bearerToken = (headers: Headers): string | undefined =>
  /^bearer +(\S+)$/i.exec(headers["authorization"]?.[0] ?? "")?.[1];
