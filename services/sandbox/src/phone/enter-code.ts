import { randomBytes } from "node:crypto";
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
} from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { linkCompanion, PairingRefused } from "../wire/link-companion.ts";
import { sendPrimaryHello } from "../wire/pairing-code.ts";
import { signCompanion } from "./scan-qr.ts";

/** What a person does: type the eight characters the client shows. */
export async function enterCode(world: World, account: Account, typed: string): Promise<number> {
  const pending = world.pendingCodes.get(account.pn);
  if (pending === undefined)
    throw new PairingRefused("no client asked for a code with this number");
  const code = typed.replace("-", "").toUpperCase();
  const { wrapped } = pending;
  const own = account.phone.creds.signedIdentityKey;
  const key = await derivePairingCodeKey(code, wrapped.subarray(0, 32));
  const companionEphemeral = aesDecryptCTR(wrapped.subarray(48, 80), key, wrapped.subarray(32, 48));
  const ephemeral = Curve.generateKeyPair();
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const ownKey = await derivePairingCodeKey(code, salt);
  const sealed = aesEncryptCTR(ephemeral.public, ownKey, iv);
  const hello = Buffer.concat([salt, iv, sealed]);
  const bundle = await sendPrimaryHello(world, pending, hello, Buffer.from(own.public));
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral);
  const bundleKey = hkdf(shared, 32, {
    salt: bundle.subarray(0, 32),
    info: "link_code_pairing_key_bundle_encryption_key",
  });
  const plain = openBundle(bundle, bundleKey);
  const companion = Buffer.from(plain.subarray(0, 32));
  if (!plain.subarray(32, 64).equals(own.public))
    throw new PairingRefused("the client means another phone");
  const identityShared = Curve.sharedKey(own.private, companion);
  const material = Buffer.concat([shared, identityShared, plain.subarray(64, 96)]);
  const secret = Buffer.from(hkdf(material, 32, { info: "adv_secret" }));
  const advice = signCompanion(account, companion, secret);
  const { conn, noise } = pending;
  return linkCompanion(world, { conn, noise, identity: companion, account, advice });
}

/** A wrong code fails here: the tag does not fit. */
function openBundle(bundle: Buffer, key: Uint8Array): Buffer {
  try {
    const iv = bundle.subarray(32, 44);
    return aesDecryptGCM(bundle.subarray(44), key, iv, Buffer.alloc(0));
  } catch (error) {
    throw new PairingRefused("the code is wrong: ask for a new one", { cause: error });
  }
}
