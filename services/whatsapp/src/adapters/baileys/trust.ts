import { createRequire } from "node:module";
import { Curve, WA_CERT_DETAILS } from "@whiskeysockets/baileys";
import { z } from "zod";

const rootKey = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .transform((hex) => Buffer.from(hex, "hex"));

/**
 * Trust another certificate authority instead of WhatsApp's: the sandbox. The library reads this
 * exported object at every handshake, so no patch is needed.
 */
export function pinTrustRoot(rootKeyHex: string): void {
  WA_CERT_DETAILS.PUBLIC_KEY = rootKey.parse(rootKeyHex);
}

type VerifySignature = (key: Buffer, message: Uint8Array, signature: Uint8Array) => boolean;
const curveModule = z.object({ verifySignature: z.custom<VerifySignature>(isFunction) });

/**
 * The library's `Curve.verify` drops the boolean that libsignal returns and fails on exceptions
 * only, so 64 arbitrary bytes pass as a signature. This one looks at the answer.
 */
export function useStrictSignatures(): void {
  const verifySignature = loadVerifySignature();
  Curve.verify = (publicKey, message, signature) => {
    try {
      return verifySignature(withTypeByte(publicKey), Buffer.from(message), Buffer.from(signature));
    } catch {
      return false;
    }
  };
}

/** The copy of libsignal which the library itself uses. */
function loadVerifySignature(): VerifySignature {
  const here = createRequire(import.meta.url);
  const library = createRequire(here.resolve("@whiskeysockets/baileys"));
  const loaded: unknown = library("libsignal/src/curve.js");
  return curveModule.parse(loaded).verifySignature;
}

function withTypeByte(publicKey: Uint8Array): Buffer {
  return publicKey.length === 33
    ? Buffer.from(publicKey)
    : Buffer.concat([Buffer.from([5]), publicKey]);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
