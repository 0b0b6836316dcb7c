import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { renew, renewalDue, trustedBundle } from "./serving-certificate.ts";

const start = new Date("2026-11-24T12:00:00.000Z");
const afterDays = (days: number): Date => new Date(start.getTime() + days * 86_400_000);
const hosts = ["metrics.rarity.svc", "metrics.rarity.svc.cluster.local"];
const made = await renew(undefined, hosts, start);

describe("the serving certificate", () => {
  it("is signed by its authority and names its hosts", () => {
    const server = new X509Certificate(made.server.certPem);
    const authority = new X509Certificate(made.authority.certPem);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.ca).toBe(false);
    expect(authority.ca).toBe(true);
    expect(hosts.map((host) => server.checkHost(host))).toEqual(hosts);
    expect(server.checkHost("metrics.other.svc")).toBeUndefined();
  });

  it.each([
    [0, "none"],
    [59, "none"],
    [61, "server"],
    [200, "server"],
    [266, "authority"],
    [400, "authority"],
  ] as const)("after %i days what is due is: %s", (days, due) => {
    expect(renewalDue(made, hosts, afterDays(days))).toBe(due);
  });

  it("is made anew for other hosts, and when it cannot be read", () => {
    expect(renewalDue(made, ["other.rarity.svc"], start)).toBe("server");
    const broken = { ...made, server: { certPem: "?", keyPem: "?" } };
    expect(renewalDue(broken, hosts, start)).toBe("server");
    const orphan = { ...made, authority: { certPem: "?", keyPem: "?" } };
    expect(renewalDue(orphan, hosts, start)).toBe("authority");
  });

  it("keeps its authority when only the certificate is due", async () => {
    const renewed = await renew(made, hosts, afterDays(61));
    expect(renewed.authority).toEqual(made.authority);
    expect(renewed.server.certPem).not.toBe(made.server.certPem);
    expect(renewalDue(renewed, hosts, afterDays(61))).toBe("none");
  });

  it("trusts the former authority beside the new one until that has expired", async () => {
    const day = afterDays(266);
    const renewed = await renew(made, hosts, day);
    expect(renewed.formerAuthorityPem).toBe(made.authority.certPem);
    expect(countOf(trustedBundle(renewed, day))).toBe(2);
    expect(countOf(trustedBundle(renewed, afterDays(366)))).toBe(1);
    expect(countOf(trustedBundle(made, start))).toBe(1);
  });

  it("never outlives its authority, whenever it was renewed", async () => {
    let current = made;
    for (let day = 0; day < 800; day += 10) {
      current = await renew(current, hosts, afterDays(day));
      const end = (pem: string): number => new X509Certificate(pem).validToDate.getTime();
      expect(end(current.server.certPem)).toBeLessThanOrEqual(end(current.authority.certPem));
      expect(end(current.server.certPem)).toBeGreaterThan(afterDays(day + 10).getTime());
    }
  });
});

const countOf = (bundle: string): number => bundle.split("BEGIN CERTIFICATE").length - 1;
