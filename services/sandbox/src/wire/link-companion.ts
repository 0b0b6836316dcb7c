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

/** Adds a companion to an account: pair-success, its signature checked, 515, everybody told. */
export async function linkCompanion(world: World, request: LinkRequest): Promise<number> {
  const { conn, account, advice } = request;
  const registration = conn?.registration;
  if (conn === undefined || registration === undefined) throw new Error("unknown or expired ref");
  const matches =
    registration.identity.equals(request.identity) && registration.noise.equals(request.noise);
  if (!matches) throw new Error("the code does not match the connection");
  const device = newDevice(account, registration, advice);
  const answer = await askForSignature(world, conn, account, device, advice);
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

const newDevice = (account: Account, registration: Registration, advice: Advice): Device => ({
  ...registration,
  id: account.nextDevice++,
  keyIndex: advice.keyIndex,
  deviceIdentity: undefined,
  pending: new Map(),
  historySent: false,
  conn: undefined,
});

function askForSignature(
  world: World,
  conn: Connection,
  account: Account,
  device: Device,
  advice: Advice,
): Promise<BinaryNode> {
  const answer = new Promise<BinaryNode>((resolve, reject) => {
    const cancel = world.timers.after(SIGN_TIMEOUT_MS, () =>
      reject(new Error("the companion did not sign in time")),
    );
    const onAnswer = (stanza: BinaryNode): void => {
      cancel();
      resolve(stanza);
    };
    conn.pairIq = { id: randomIqId(), onAnswer };
  });
  const success = node("pair-success", {}, [
    node("device-identity", {}, advice.container),
    ...(account.business ? [node("biz", { name: account.name })] : []),
    node("platform", { name: account.business ? "smba" : "android" }),
    node("device", { jid: pnJid(account, device.id), lid: lidJid(account, device.id) }),
  ]);
  const attrs = { from: SERVER, type: "set", id: conn.pairIq?.id, xmlns: "md", t: nowSeconds() };
  conn.send(node("iq", attrs, [success]));
  return answer;
}

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
  const complete = { ...signed, accountSignatureKey: advice.accountSignatureKey };
  return Buffer.from(proto.ADVSignedDeviceIdentity.encode(complete).finish());
}
