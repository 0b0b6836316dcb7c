import type { BinaryNode } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { jidOf, resolveJid, type Address } from "./addresses.ts";
import type { Session } from "./connection.ts";
import { clearMessage, deliverStanza } from "./delivery.ts";
import { attr, node, nowSeconds } from "./node.ts";

const NEVER_FORWARDED = ["peer_msg", "hist_sync", "sender"];
const READ_TYPES = ["read", "read-self", "played"];

/** One device, the phone (0) or a companion, as the author of a receipt. */
export type Reader = { account: Account; device: number };

/** A companion confirms a message: stop keeping it, acknowledge, tell the other side. */
export function handleReceipt(world: World, session: Session, stanza: BinaryNode): void {
  const { conn, account, device } = session;
  const id = attr(stanza, "id");
  const type = stanza.attrs["type"];
  clearMessage(world, device, id);
  if (type !== "retry") world.ledger.confirmed(id, account.pn, device.id);
  else world.ledger.undecryptable({ messageId: id, to: account.pn, device: device.id });
  const from = attr(stanza, "to");
  conn.send(node("ack", { class: "receipt", id, from, type, t: nowSeconds() }));
  routeReceipt(world, { account, device: device.id }, stanza);
}

/** Sends a receipt on to all devices of the other side; a retry only to the device it names. */
export function routeReceipt(world: World, reader: Reader, stanza: BinaryNode): void {
  // After an unlink a receipt with an empty `to` may come: resolveJid tolerates it.
  const target = resolveJid(world, attr(stanza, "to"));
  const type = attr(stanza, "type");
  if (target.account === undefined || NEVER_FORWARDED.includes(type)) return;
  if (READ_TYPES.includes(type)) tellOwnDevices(world, reader, stanza, target);
  // With read receipts off the client says read-self: it never reaches the contact.
  if (type === "read-self") return;
  if (world.faults.take("receipt_lost", target.account.pn) !== undefined) return;
  const late = world.faults.take("receipt_late", target.account.pn);
  const forward = (): void => forwardReceipt(world, reader, stanza, target);
  if (late === undefined) forward();
  else world.timers.after(late.delayMs ?? 0, forward);
}

function forwardReceipt(world: World, reader: Reader, stanza: BinaryNode, target: Address): void {
  const from = jidOf(reader.account, target.mode, reader.device);
  const outgoing = passOn(stanza, { from });
  for (const device of target.account?.devices.values() ?? []) {
    if (attr(stanza, "type") === "retry" && device.id !== (target.device ?? 0)) continue;
    if (target.account !== undefined) deliverStanza(world, target.account, device, outgoing);
  }
}

/** What one device has read, the account's other devices learn too. */
function tellOwnDevices(world: World, reader: Reader, stanza: BinaryNode, target: Address): void {
  const from = jidOf(reader.account, target.mode);
  const own = passOn(stanza, { from, recipient: attr(stanza, "to") });
  for (const device of reader.account.devices.values()) {
    if (device.id !== reader.device) deliverStanza(world, reader.account, device, own);
  }
}

const passOn = (stanza: BinaryNode, attrs: Record<string, string>): BinaryNode =>
  node(
    "receipt",
    { ...stanza.attrs, to: undefined, ...attrs, t: stanza.attrs["t"] ?? nowSeconds() },
    stanza.content,
  );
