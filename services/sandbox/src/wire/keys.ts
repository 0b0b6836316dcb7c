import { encodeBigEndian, type BinaryNode } from "@whiskeysockets/baileys";
import type { PreKey, SignedPreKey } from "../model.ts";
import type { World } from "../world.ts";
import { resolveJid } from "./addresses.ts";
import { childBytes, node, notification, nowSeconds, readUint, SERVER } from "./node.ts";

export type KeyBundle = {
  registrationId: number;
  identity: Buffer;
  signedPreKey: SignedPreKey;
  preKey: PreKey | undefined;
  deviceIdentity: Buffer | undefined;
};

const LOW_WATER = 5;

/** Hands out one device's bundle; each one-time key leaves the directory once. */
export function takeBundle(world: World, pn: string, deviceId: number): KeyBundle | undefined {
  const account = world.accounts.get(pn);
  const device = account?.devices.get(deviceId);
  if (account === undefined || device === undefined) return undefined;
  const preKey = device.preKeys.shift();
  const left = device.preKeys.length;
  if (left < LOW_WATER) {
    if (device.id === 0) world.phones.keysLow(account);
    device.conn?.send(notification("encrypt", SERVER, [node("count", { value: String(left) })]));
  }
  world.changed();
  const { registrationId, identity, signedPreKey, deviceIdentity } = device;
  return { registrationId, identity, signedPreKey, preKey, deviceIdentity };
}

/** The `<user>` element that answers a key request for one jid. */
export function bundleNode(world: World, jid: string): BinaryNode {
  const { account, device } = resolveJid(world, jid);
  const bundle = account && takeBundle(world, account.pn, device ?? 0);
  if (bundle === undefined) {
    return node("user", { jid }, [node("error", { code: "404", text: "item-not-found" })]);
  }
  const content = [
    node("registration", {}, encodeBigEndian(bundle.registrationId)),
    node("type", {}, Buffer.from([5])),
    node("identity", {}, bundle.identity),
    ...(bundle.preKey === undefined ? [] : [preKeyNode(bundle.preKey)]),
    signedPreKeyNode(bundle.signedPreKey),
  ];
  if (bundle.deviceIdentity !== undefined) {
    content.push(node("device-identity", {}, bundle.deviceIdentity));
  }
  return node("user", { jid, t: nowSeconds() }, content);
}

export const preKeyNode = (key: PreKey): BinaryNode =>
  node("key", {}, [node("id", {}, encodeBigEndian(key.id, 3)), node("value", {}, key.value)]);

export const signedPreKeyNode = (key: SignedPreKey): BinaryNode =>
  node("skey", {}, [
    node("id", {}, encodeBigEndian(key.id, 3)),
    node("value", {}, key.value),
    node("signature", {}, key.signature),
  ]);

export const readPreKey = (stanza: BinaryNode): PreKey => ({
  id: readUint(childBytes(stanza, "id")),
  value: childBytes(stanza, "value"),
});

export const readSignedPreKey = (stanza: BinaryNode): SignedPreKey => ({
  ...readPreKey(stanza),
  signature: childBytes(stanza, "signature"),
});
