import "./reflect-metadata.ts";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** PEM texts. The CA is published, so that clients can trust the media host. */
export type MediaCertificates = { caPem: string; certPem: string; keyPem: string };

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const NOT_AFTER = new Date("2100-01-01T00:00:00Z");
const NOT_BEFORE = new Date("2020-01-01T00:00:00Z");

/** Makes a CA and a server certificate for `hosts` (names and addresses). */
export async function createMediaCertificates(hosts: string[]): Promise<MediaCertificates> {
  x509.cryptoProvider.set(webcrypto);
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    // Authorities of one name shadow each other in a client that trusts several sandboxes.
    name: `CN=Sandbox media CA ${randomBytes(6).toString("hex")}`,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names = hosts.map((value) => ({
    type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const),
    value,
  }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "02",
    subject: "CN=Sandbox media host",
    issuer: ca.subject,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const keyPem = x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
  return { caPem: ca.toString("pem"), certPem: certificate.toString("pem"), keyPem };
}
