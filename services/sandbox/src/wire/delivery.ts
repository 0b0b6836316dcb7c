import type { BinaryNode } from "@whiskeysockets/baileys";
import { bounds, setBounded } from "../bounded.ts";
import type { Account, Addressing, Device } from "../model.ts";
import type { World } from "../world.ts";
import { jidOf, resolveJid } from "./addresses.ts";
import { attr, node, nowSeconds } from "./node.ts";

export type Delivery = {
  id: string;
  type: string;
  category?: string | undefined;
  fromAccount: Account;
  fromDevice: number;
  toAccount: Account;
  toDevice: number;
  enc: BinaryNode;
  /** Set on copies for the sender's own devices: the jid the message was written to. */
  recipient?: string | undefined;
  extra?: BinaryNode[] | undefined;
  mode: Addressing;
  edit?: string | undefined;
};

const pendingKey = (stanza: BinaryNode): string =>
  [stanza.tag, ...["id", "type", "from"].map((name) => attr(stanza, name))].join("/");

/** Keeps a stanza for a companion until it answers, and sends it if the companion is there. */
export function pushStanza(world: World, device: Device, stanza: BinaryNode): void {
  const { pending } = device;
  const dropped = setBounded(pending, pendingKey(stanza), stanza, bounds.pendingPerDevice);
  if (dropped !== undefined) world.events.append("inbox_full", "", { device: device.id });
  if (device.conn?.active === true) device.conn.send(stanza);
  world.changed();
}

/** Any answer for the id of a message is about all of it, whoever it came from. */
export function clearMessage(world: World, device: Device, id: string): void {
  clearPending(world, device, (stanza) => stanza.tag === "message" && attr(stanza, "id") === id);
}

/** An ack is about one stanza: two devices may have confirmed one message, and then read it. */
export function clearAcked(world: World, device: Device, ack: BinaryNode): void {
  const kind = attr(ack, "class");
  const isMeant = (stanza: BinaryNode): boolean =>
    ["id", "type"].every((name) => attr(stanza, name) === attr(ack, name)) &&
    attr(stanza, "from") === attr(ack, "to");
  if (kind === "message") clearMessage(world, device, attr(ack, "id"));
  else clearPending(world, device, (stanza) => stanza.tag === kind && isMeant(stanza));
}

function clearPending(world: World, device: Device, isDone: (stanza: BinaryNode) => boolean): void {
  for (const [key, stanza] of device.pending) if (isDone(stanza)) device.pending.delete(key);
  world.changed();
}

/** Hands a stanza to any device: the emulated phone (device 0) or a linked companion. */
export function deliverStanza(
  world: World,
  account: Account,
  device: Device,
  stanza: BinaryNode,
): void {
  if (device.id === 0) world.phones.receive(account, stanza);
  else pushStanza(world, device, stanza);
}

/** Turns one ciphertext into the `<message>` its recipient device gets, and delivers it. */
export function deliverMessage(world: World, delivery: Delivery): void {
  const device = delivery.toAccount.devices.get(delivery.toDevice);
  if (device === undefined) return;
  const sender = delivery.fromAccount.pn;
  const enc = isHit(world, "undecryptable", delivery) ? corrupt(delivery.enc) : delivery.enc;
  const stanza = node("message", messageAttrs(world, delivery), [enc, ...(delivery.extra ?? [])]);
  const copies = isHit(world, "duplicate_delivery", delivery) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    if (device.id !== 0 && delivery.category === undefined) {
      world.ledger.pushed({
        messageId: delivery.id,
        from: sender,
        to: delivery.toAccount.pn,
        device: device.id,
      });
    }
    deliverStanza(world, delivery.toAccount, device, stanza);
  }
}

/** A fault of delivery hits what goes to the other side, on the device it names or on any. */
function isHit(
  world: World,
  kind: "undecryptable" | "duplicate_delivery",
  { fromAccount, toAccount, toDevice }: Delivery,
): boolean {
  if (toAccount === fromAccount) return false;
  const fits = ({ device }: { device?: number | undefined }): boolean =>
    device === undefined || device === toDevice;
  return world.faults.take(kind, fromAccount.pn, fits) !== undefined;
}

function messageAttrs(world: World, delivery: Delivery): Record<string, string | undefined> {
  const { fromAccount, mode } = delivery;
  const attrs: Record<string, string | undefined> = {
    from: jidOf(fromAccount, mode, delivery.fromDevice),
    id: delivery.id,
    type: delivery.type,
    t: nowSeconds(),
    notify: fromAccount.name,
    addressing_mode: mode,
    category: delivery.category,
    edit: delivery.edit,
  };
  if (delivery.recipient !== undefined) {
    const other = resolveJid(world, delivery.recipient).account;
    // Own copies must not carry sender_lid: clients would map the wrong pair.
    if (other !== undefined) {
      attrs["recipient"] = jidOf(other, mode);
      attrs[mode === "lid" ? "peer_recipient_pn" : "peer_recipient_lid"] = otherForm(other, mode);
    }
  } else if (delivery.category === undefined) {
    attrs[mode === "lid" ? "sender_pn" : "sender_lid"] = otherForm(fromAccount, mode);
  }
  return attrs;
}

const otherForm = (account: Account, mode: Addressing): string =>
  jidOf(account, mode === "lid" ? "pn" : "lid");

function corrupt(enc: BinaryNode): BinaryNode {
  const bytes = Buffer.from(enc.content as Uint8Array);
  const at = bytes.length - 3;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  return { ...enc, content: bytes };
}
