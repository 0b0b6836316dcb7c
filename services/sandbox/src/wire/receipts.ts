import type { BinaryNode } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { jidOf, resolveJid, type Address } from "./addresses.ts";
import type { Connection } from "./connection.ts";
import { clearPending, deliverStanza } from "./delivery.ts";
import { attr, node, nowSeconds } from "./node.ts";

const NEVER_FORWARDED = ["peer_msg", "hist_sync", "sender"];
const READ_TYPES = ["read", "read-self", "played"];

/** A companion confirms a message: stop keeping it, acknowledge, tell the other side. */
export function handleReceipt(world: World, conn: Connection, stanza: BinaryNode): void {
  const { account, device } = conn;
  if (account === undefined || device === undefined) return;
  const id = attr(stanza, "id");
  clearPending(world, device, "message", id);
  if (stanza.attrs["type"] !== "retry") world.ledger.confirmed(id, account.pn, device.id);
  else world.ledger.undecryptable({ messageId: id, to: account.pn, device: device.id });
  const type = stanza.attrs["type"];
  const from = attr(stanza, "to");
  conn.send(node("ack", { class: "receipt", id, from, type, t: nowSeconds() }));
  routeReceipt(world, account, device.id, stanza);
}

/** Sends a receipt on to all devices of the other side; a retry only to the device it names. */
export function routeReceipt(
  world: World,
  from: Account,
  fromDevice: number,
  stanza: BinaryNode,
): void {
  // After an unlink a receipt with an empty `to` may come: resolveJid tolerates it.
  const target = resolveJid(world, attr(stanza, "to"));
  const type = attr(stanza, "type");
  if (target.account === undefined || NEVER_FORWARDED.includes(type)) return;
  if (READ_TYPES.includes(type)) tellOwnDevices(world, from, fromDevice, stanza, target);
  // With read receipts off the client says read-self: it never reaches the contact.
  if (type === "read-self") return;
  if (world.faults.take("receipt_lost", target.account.pn) !== undefined) return;
  const late = world.faults.take("receipt_late", target.account.pn);
  const forward = (): void => forwardReceipt(world, from, fromDevice, stanza, target);
  if (late === undefined) forward();
  else world.timers.after(late.delayMs ?? 0, forward);
}

function forwardReceipt(
  world: World,
  from: Account,
  fromDevice: number,
  stanza: BinaryNode,
  target: Address,
): void {
  const outgoing = node(
    "receipt",
    { ...withoutTo(stanza), from: jidOf(from, target.mode, fromDevice), t: timeOf(stanza) },
    stanza.content,
  );
  for (const device of target.account?.devices.values() ?? []) {
    if (attr(stanza, "type") === "retry" && device.id !== (target.device ?? 0)) continue;
    if (target.account !== undefined) deliverStanza(world, target.account, device, outgoing);
  }
}

/** What one device has read, the account's other devices learn too. */
function tellOwnDevices(
  world: World,
  account: Account,
  fromDevice: number,
  stanza: BinaryNode,
  target: Address,
): void {
  const own = node(
    "receipt",
    {
      ...withoutTo(stanza),
      from: jidOf(account, target.mode),
      recipient: attr(stanza, "to"),
      t: timeOf(stanza),
    },
    stanza.content,
  );
  for (const device of account.devices.values()) {
    if (device.id !== fromDevice) deliverStanza(world, account, device, own);
  }
}

const withoutTo = (stanza: BinaryNode): Record<string, string | undefined> => ({
  ...stanza.attrs,
  to: undefined,
});

const timeOf = (stanza: BinaryNode): string => stanza.attrs["t"] ?? nowSeconds();
