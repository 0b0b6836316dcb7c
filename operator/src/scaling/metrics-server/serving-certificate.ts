import { X509Certificate } from "node:crypto";
import type { KeyPair, Validity } from "../../certificates/authority.ts";

/** What the server shows and what makes others trust it. PEM texts. */
export interface ServingCertificate {
  server: KeyPair;
  authority: KeyPair;
  /** The former authority, as long as certificates it signed may still be shown. */
  formerAuthorityPem: string | undefined;
}

/** Which part has to be made anew; the certificate follows its authority. */
export type Renewal = "none" | "server" | "authority";

const dayMs = 86_400_000;
const clockSkewMs = 3_600_000;
const serverLifeMs = 90 * dayMs;
const serverRenewalMs = 30 * dayMs;
const authorityLifeMs = 365 * dayMs;
/** Longer than a server certificate lives: none outlives its authority. */
const authorityRenewalMs = 100 * dayMs;

export const renewalDue = (
  current: ServingCertificate | undefined,
  hosts: readonly string[],
  now: Date,
): Renewal => {
  if (current === undefined) return "authority";
  const server = readCertificate(current.server.certPem);
  const authority = readCertificate(current.authority.certPem);
  if (authority === undefined || leftMs(authority, now) < authorityRenewalMs) return "authority";
  if (server === undefined || leftMs(server, now) < serverRenewalMs) return "server";
  const isGood = server.verify(authority.publicKey) && namesAll(server, hosts);
  return isGood ? "none" : "server";
};

/**
 * Makes what is due. The former authority stays trusted until nobody can show its certificates. The
 * library is loaded by whoever makes one, every few weeks: the others need its memory for nothing.
 */
export const renew = async (
  current: ServingCertificate | undefined,
  hosts: readonly string[],
  now: Date,
): Promise<ServingCertificate> => {
  const due = renewalDue(current, hosts, now);
  if (current !== undefined && due === "none") return current;
  const { createAuthority, issueServerCertificate } =
    await import("../../certificates/authority.ts");
  const isNew = current === undefined || due === "authority";
  const authority = isNew
    ? await createAuthority("rarity-metrics-server-ca", lasting(authorityLifeMs, now))
    : current.authority;
  return {
    authority,
    server: await issueServerCertificate(authority, hosts, lasting(serverLifeMs, now)),
    formerAuthorityPem: isNew ? current?.authority.certPem : current.formerAuthorityPem,
  };
};

/** The authorities a client has to trust, as one PEM text. */
export const trustedBundle = (current: ServingCertificate, now: Date): string => {
  const { formerAuthorityPem, authority } = current;
  const former = formerAuthorityPem === undefined ? undefined : readCertificate(formerAuthorityPem);
  const isTrusted = former !== undefined && leftMs(former, now) > 0;
  return [authority.certPem, ...(isTrusted ? [formerAuthorityPem] : [])]
    .map((pem) => `${(pem ?? "").trim()}\n`)
    .join("");
};

const readCertificate = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
};

const leftMs = (certificate: X509Certificate, now: Date): number =>
  certificate.validToDate.getTime() - now.getTime();

const namesAll = (certificate: X509Certificate, hosts: readonly string[]): boolean =>
  hosts.every((host) => certificate.checkHost(host) !== undefined);

const lasting = (lifeMs: number, now: Date): Validity => ({
  notBefore: new Date(now.getTime() - clockSkewMs),
  notAfter: new Date(now.getTime() + lifeMs),
});
