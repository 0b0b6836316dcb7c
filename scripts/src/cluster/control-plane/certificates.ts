// The certificate library's container needs this one loaded before it.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** PEM texts; the key is PKCS #8. */
export type KeyPair = { certPem: string; keyPem: string };
export type Authority = KeyPair & { sign: (request: LeafRequest) => Promise<KeyPair> };

export type LeafRequest = {
  commonName: string;
  /** Kubernetes reads a client's groups from here. */
  organization?: string;
  /** Names and addresses a server answers under; none makes a client certificate. */
  hosts?: readonly string[];
};

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifeMs = 365 * 86_400_000;
const clockSkewMs = 3_600_000;

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const pemOf = async (key: webcrypto.CryptoKey, format: "pkcs8" | "spki"): Promise<string> =>
  x509.PemConverter.encode(
    await webcrypto.subtle.exportKey(format, key),
    format === "pkcs8" ? "PRIVATE KEY" : "PUBLIC KEY",
  );

const validity = (): { notBefore: Date; notAfter: Date; serialNumber: string } => ({
  notBefore: new Date(Date.now() - clockSkewMs),
  notAfter: new Date(Date.now() + lifeMs),
  // A leading zero bit keeps the serial number positive.
  serialNumber: `01${randomBytes(15).toString("hex")}`,
});

const subjectOf = ({ commonName, organization }: LeafRequest): x509.JsonName => [
  ...(organization === undefined ? [] : [{ O: [organization] }]),
  { CN: [commonName] },
];

/** A certificate authority that lives as long as one control plane. */
export const createAuthority = async (commonName: string): Promise<Authority> => {
  x509.cryptoProvider.set(webcrypto);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: [{ CN: [commonName] }],
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
    ],
  });
  return openAuthority({
    certPem: certificate.toString("pem"),
    keyPem: await pemOf(keys.privateKey, "pkcs8"),
  });
};

/** The authority whose certificate and key these are. */
export const openAuthority = async ({ certPem, keyPem }: KeyPair): Promise<Authority> => {
  x509.cryptoProvider.set(webcrypto);
  const issuer = new x509.X509Certificate(certPem).subject;
  const der = x509.PemConverter.decodeFirst(keyPem);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  const sign = async (request: LeafRequest): Promise<KeyPair> => {
    const keys = await newKeys();
    const leaf = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject: subjectOf(request),
      issuer,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions: leafExtensions(request.hosts),
    });
    return { certPem: leaf.toString("pem"), keyPem: await pemOf(keys.privateKey, "pkcs8") };
  };
  return { certPem, keyPem, sign };
};

const leafExtensions = (hosts: readonly string[] | undefined): x509.Extension[] => {
  const usage = new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true);
  if (hosts === undefined) {
    return [usage, new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  }
  const names = hosts.map((value) => ({
    type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const),
    value,
  }));
  return [
    usage,
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
  ];
};

/** The pair that signs and verifies service-account tokens. */
export const createTokenKeys = async (): Promise<{ publicPem: string; privatePem: string }> => {
  const keys = await newKeys();
  return {
    publicPem: await pemOf(keys.publicKey, "spki"),
    privatePem: await pemOf(keys.privateKey, "pkcs8"),
  };
};
