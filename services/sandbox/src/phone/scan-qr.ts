import { Curve, hmacSign, proto, WA_ADV_ACCOUNT_SIG_PREFIX } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { linkCompanion, type Advice } from "../wire/link-companion.ts";

/** What a person does: point the camera at the QR. */
export function scanQr(world: World, account: Account, qr: string): Promise<number> {
  const payload = qr.slice(qr.indexOf("#") + 1);
  const [ref = "", noise = "", identity = "", secret = ""] = payload.split(",");
  const identityKey = Buffer.from(identity, "base64");
  return linkCompanion(world, {
    conn: world.refs.get(ref),
    noise: Buffer.from(noise, "base64"),
    identity: identityKey,
    account,
    advice: signCompanion(account, identityKey, Buffer.from(secret, "base64")),
  });
}

/** The account's identity key vouches for a companion. */
export function signCompanion(account: Account, companion: Buffer, secret: Buffer): Advice {
  const { creds } = account.phone;
  const keyIndex = account.nextDevice;
  const details = proto.ADVDeviceIdentity.encode({
    rawId: creds.registrationId,
    timestamp: Math.floor(Date.now() / 1000),
    keyIndex,
    accountType: proto.ADVEncryptionType.E2EE,
    deviceType: proto.ADVEncryptionType.E2EE,
  }).finish();
  const accountSignatureKey = Buffer.from(creds.signedIdentityKey.public);
  const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, companion]);
  const accountSignature = Curve.sign(creds.signedIdentityKey.private, signed);
  const identity = { details, accountSignatureKey, accountSignature };
  const bytes = proto.ADVSignedDeviceIdentity.encode(identity).finish();
  const hmac = hmacSign(Buffer.from(bytes), secret);
  const container = proto.ADVSignedDeviceIdentityHMAC.encode({ details: bytes, hmac }).finish();
  const advice = { keyIndex, accountSignatureKey, details: Buffer.from(details) };
  return { ...advice, container: Buffer.from(container) };
}
