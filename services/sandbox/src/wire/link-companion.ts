import { verifySignature } from "libsignal/src/curve.js";
import {
  generateSignalPubKey,
  proto,
  WA_ADV_DEVICE_SIG_PREFIX,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { Account, Device } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid } from "./addresses.ts";
import type { Connection, Registration } from "./connection.ts";
import { notifyDevices } from "./devices.ts";
import { childBytes, node, nowSeconds, randomIqId, requiredChild, SERVER } from "./node.ts";

/** What a phone signs for a companion (ADV: the account vouches for the device). */
export type Advice = {
  keyIndex: number;
  container: Buffer;
  details: Buffer;
  accountSignatureKey: Buffer;
};

export type LinkRequest = {
  conn: Connection | undefined;
  noise: Buffer;
  identity: Buffer;
  account: Account;
  advice: Advice;
};

/** Pairing fails for reasons the person holding the phone must see. */
export class PairingRefused extends Error {
  override readonly name = "PairingRefused";
}

const SIGN_TIMEOUT_MS = 10_000;

/** The service's own limit; a fifth one has to wait until another is unlinked. */
const MAX_COMPANIONS = 4;

/** Adds a companion to an account: pair-success, its signature checked, 515, everybody told. */
export async function linkCompanion(world: World, request: LinkRequest): Promise<number> {
  const { conn, account, advice } = request;
  if (conn === undefined) {
    throw new PairingRefused(
      "this QR is not known here: it has expired, was used, or is from another server. Show a new one",
    );
  }
  const device = newDevice(account, registrationOf(conn, request), advice);
  const success = pairSuccess(account, device, advice);
  const answer = await askForSignature(world, conn, success);
  if (answer.attrs["type"] !== "result") {
    throw new PairingRefused("the client refused what the phone signed");
  }
  device.deviceIdentity = checkDeviceSignature(answer, request.identity, advice);
  account.devices.set(device.id, device);
  conn.paired = true;
  for (const ref of conn.refs) world.refs.delete(ref);
  world.events.append("device_linked", account.pn, { device: device.id });
  world.changed();
  // "Restart required": the client saves its credentials and logs in on a new socket.
  conn.end(node("stream:error", { code: "515" }));
  notifyDevices(world, account, "add", device);
  return device.id;
}

function registrationOf(conn: Connection, request: LinkRequest): Registration {
  const { registration } = conn;
  const matches =
    registration?.identity.equals(request.identity) === true &&
    registration.noise.equals(request.noise);
  if (!matches) throw new PairingRefused("the code does not match the connection: show a new one");
  if (request.account.devices.size > MAX_COMPANIONS) {
    throw new PairingRefused(
      `the phone has ${MAX_COMPANIONS} linked devices already: unlink one first`,
    );
  }
  return registration;
}

const newDevice = (account: Account, registration: Registration, advice: Advice): Device => ({
  ...registration,
  id: account.nextDevice++,
  keyIndex: advice.keyIndex,
  deviceIdentity: undefined,
  pending: new Map(),
  historySent: false,
  conn: undefined,
});

function askForSignature(world: World, conn: Connection, success: BinaryNode): Promise<BinaryNode> {
  const answer = new Promise<BinaryNode>((resolve, reject) => {
    const cancel = world.timers.after(SIGN_TIMEOUT_MS, () =>
      reject(new PairingRefused("the client did not answer in time")),
    );
    const onAnswer = (stanza: BinaryNode): void => {
      cancel();
      resolve(stanza);
    };
    // A client that does not trust what the phone signed closes without a word.
    const onClose = (): void => {
      cancel();
      reject(
        new PairingRefused("the client closed instead of signing: it does not trust this code"),
      );
    };
    conn.pairIq = { id: randomIqId(), onAnswer, onClose };
  });
  const attrs = { from: SERVER, type: "set", id: conn.pairIq?.id, xmlns: "md", t: nowSeconds() };
  conn.send(node("iq", attrs, [success]));
  return answer;
}

const pairSuccess = (account: Account, device: Device, advice: Advice): BinaryNode =>
  node("pair-success", {}, [
    node("device-identity", {}, advice.container),
    ...(account.business ? [node("biz", { name: account.name })] : []),
    node("platform", { name: account.business ? "smba" : "android" }),
    node("device", { jid: pnJid(account, device.id), lid: lidJid(account, device.id) }),
  ]);

/** Baileys' own Curve.verify ignores libsignal's verdict, so libsignal is asked directly. */
function checkDeviceSignature(answer: BinaryNode, identity: Buffer, advice: Advice): Buffer {
  const sign = requiredChild(answer, "pair-device-sign");
  const signed = proto.ADVSignedDeviceIdentity.decode(childBytes(sign, "device-identity"));
  const message = Buffer.concat([
    WA_ADV_DEVICE_SIG_PREFIX,
    advice.details,
    identity,
    advice.accountSignatureKey,
  ]);
  const signature = Buffer.from(signed.deviceSignature ?? []);
  if (!verifySignature(generateSignalPubKey(identity), message, signature)) {
    throw new PairingRefused("the client signed with another key");
  }
  const complete = Object.assign(signed, { accountSignatureKey: advice.accountSignatureKey });
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode(complete).finish());
}
