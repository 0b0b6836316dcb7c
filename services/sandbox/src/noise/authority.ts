import { Curve, proto, type KeyPair } from "@whiskeysockets/baileys";

/** root -> intermediate -> leaf (the server's static key). Clients pin the root's public key. */
export type NoiseAuthority = {
  root: KeyPair;
  serverStatic: KeyPair;
  chain: Uint8Array;
};

export type NoiseKeys = Pick<NoiseAuthority, "root" | "serverStatic">;

const NOT_AFTER = 4_102_444_800; // the year 2100: the sandbox's chain never expires

export function createNoiseAuthority(keys?: NoiseKeys): NoiseAuthority {
  const root = keys?.root ?? Curve.generateKeyPair();
  const serverStatic = keys?.serverStatic ?? Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  // Clients demand issuerSerial 0 on the intermediate certificate.
  const intermediateDetails = certificateDetails(1, 0, intermediate.public);
  const leafDetails = certificateDetails(2, 1, serverStatic.public);
  const chain = proto.CertChain.encode({
    intermediate: {
      details: intermediateDetails,
      signature: Curve.sign(root.private, intermediateDetails),
    },
    leaf: { details: leafDetails, signature: Curve.sign(intermediate.private, leafDetails) },
  }).finish();
  return { root, serverStatic, chain };
}

function certificateDetails(serial: number, issuerSerial: number, key: Uint8Array): Buffer {
  const details = { serial, issuerSerial, key, notBefore: 0, notAfter: NOT_AFTER };
  return Buffer.from(proto.CertChain.NoiseCertificate.Details.encode(details).finish());
}
