import {
  getAllBinaryNodeChildren,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { resolveJid, type Address } from "./addresses.ts";
import type { Session } from "./connection.ts";
import { deliverMessage, type Delivery } from "./delivery.ts";
import { attr, requiredChild } from "./node.ts";

const FORWARDED_CHILDREN = ["device-identity", "reporting", "meta", "biz", "bot"];

type Envelope = Omit<Delivery, "toAccount" | "toDevice" | "enc">;

/** Hands every ciphertext of a message to the device it was made for. */
export function fanOut(world: World, sender: Session, target: Address, stanza: BinaryNode): void {
  const { account } = target;
  if (account === undefined) return;
  const envelope = envelopeOf(sender, target, stanza);
  const participants = getBinaryNodeChild(stanza, "participants");
  const enc = getBinaryNodeChild(stanza, "enc");
  // A resend (device_fanout=false) goes to the one device named in `to`: its own <enc> counts,
  // not a <participants> beside it.
  const resend = stanza.attrs["device_fanout"] === "false" && enc !== undefined;
  if (participants !== undefined && !resend) {
    const chat = { account, jid: attr(stanza, "to") };
    for (const to of getBinaryNodeChildren(participants, "to")) {
      deliverTo(world, envelope, chat, to);
    }
  } else if (enc !== undefined) {
    const { category, recipient } = stanza.attrs;
    const toDevice = target.device ?? 0;
    deliverMessage(world, { ...envelope, category, recipient, toAccount: account, toDevice, enc });
  }
}

const envelopeOf = (sender: Session, target: Address, stanza: BinaryNode): Envelope => ({
  id: attr(stanza, "id"),
  type: attr(stanza, "type"),
  fromAccount: sender.account,
  fromDevice: sender.device.id,
  extra: getAllBinaryNodeChildren(stanza).filter(({ tag }) => FORWARDED_CHILDREN.includes(tag)),
  mode: target.mode,
  edit: stanza.attrs["edit"],
});

function deliverTo(
  world: World,
  envelope: Envelope,
  chat: { account: Account; jid: string },
  to: BinaryNode,
): void {
  const address = resolveJid(world, attr(to, "jid"));
  if (address.account === undefined) return;
  const sender = envelope.fromAccount;
  const ownCopy = address.account === sender && chat.account !== sender;
  deliverMessage(world, {
    ...envelope,
    toAccount: address.account,
    toDevice: address.device ?? 0,
    enc: requiredChild(to, "enc"),
    recipient: ownCopy ? chat.jid : undefined,
  });
}
