import { verifySignature } from "libsignal/src/curve.js";
import {
  binaryNodeToString,
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

const SIGN_TIMEOUT_MS = 10_000;

/** The service's own limit; a fifth one has to wait until another is unlinked. */
const MAX_COMPANIONS = 4;

/** Adds a companion to an account: pair-success, its signature checked, 515, everybody told. */
export async function linkCompanion(world: World, request: LinkRequest): Promise<number> {
  const { conn, account, advice } = request;
  if (conn === undefined) throw new Error("unknown or expired ref");
  const device = newDevice(account, registrationOf(conn, request), advice);
  const success = pairSuccess(account, device, advice);
  const answer = await askForSignature(world, conn, success);
  if (answer.attrs["type"] !== "result") {
    throw new Error(`companion refused: ${binaryNodeToString(answer)}`);
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
  if (!matches) throw new Error("the code does not match the connection");
  if (request.account.devices.size > MAX_COMPANIONS) {
    throw new Error(`the phone has ${MAX_COMPANIONS} linked devices already`);
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
      reject(new Error("the companion did not sign in time")),
    );
    const onAnswer = (stanza: BinaryNode): void => {
      cancel();
      resolve(stanza);
    };
    // A client that does not trust what the phone signed closes without a word.
    const onClose = (): void => {
      cancel();
      reject(new Error("the companion closed instead of signing"));
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
    throw new Error("bad device signature");
  }
  const complete = Object.assign(signed, { accountSignatureKey: advice.accountSignatureKey });
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode(complete).finish());
}
