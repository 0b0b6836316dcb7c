// The certificate library's container needs this one loaded before it.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** PEM texts; the key is PKCS #8. */
export interface KeyPair {
  certPem: string;
  keyPem: string;
}

export interface Validity {
  notBefore: Date;
  notAfter: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new self-signed certificate authority. */
export const createAuthority = async (commonName: string, validity: Validity): Promise<KeyPair> => {
  x509.cryptoProvider.set(webcrypto);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: newSerialNumber(),
    name: [{ CN: [commonName] }],
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { certPem: certificate.toString("pem"), keyPem: await privatePem(keys) };
};

/** A certificate for a server that answers under these DNS names, signed by the authority. */
export const issueServerCertificate = async (
  authority: KeyPair,
  hosts: readonly string[],
  validity: Validity,
): Promise<KeyPair> => {
  x509.cryptoProvider.set(webcrypto);
  const keys = await newKeys();
  const der = x509.PemConverter.decodeFirst(authority.keyPem);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerialNumber(),
    subject: [{ CN: [hosts[0] ?? ""] }],
    issuer: new x509.X509Certificate(authority.certPem).subject,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: "dns" as const, value })),
      ),
    ],
  });
  return { certPem: certificate.toString("pem"), keyPem: await privatePem(keys) };
};

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const privatePem = async (keys: webcrypto.CryptoKeyPair): Promise<string> =>
  x509.PemConverter.encode(
    await webcrypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );

/** A leading byte of 1 keeps it positive. */
const newSerialNumber = (): string => `01${randomBytes(15).toString("hex")}`;
