import type { BinaryNode } from "@whiskeysockets/baileys";
import type { World } from "../world.ts";
import type { Connection, Session } from "./connection.ts";
import { clearAcked } from "./delivery.ts";
import { handleIq } from "./iq/handle-iq.ts";
import { handleMessage } from "./messages.ts";
import { attr } from "./node.ts";
import { announcePresence, handleChatState, handlePresence } from "./presence.ts";
import { handleReceipt } from "./receipts.ts";

type StanzaHandler = (world: World, session: Session, stanza: BinaryNode) => void;

const handlers: Record<string, StanzaHandler> = {
  iq: (world, { conn }, stanza) => handleIq(world, conn, stanza),
  message: handleMessage,
  receipt: handleReceipt,
  ack: handleAck,
  presence: handlePresence,
  chatstate: handleChatState,
  ib: () => undefined,
};

/** One stanza from a client. */
export function handleStanza(world: World, conn: Connection, stanza: BinaryNode): void {
  const { account, device } = conn;
  if (account === undefined || device === undefined) {
    // Stanzas may still arrive on a connection that has just got its <failure>.
    if (allowedBeforeLogin(stanza)) handleIq(world, conn, stanza);
    return;
  }
  const handler = handlers[stanza.tag];
  if (handler !== undefined) handler(world, { conn, account, device }, stanza);
  else world.logger.warn({ tag: stanza.tag }, "unhandled stanza");
}

/** What a client may say before it has logged in. */
function allowedBeforeLogin(stanza: BinaryNode): boolean {
  if (stanza.tag !== "iq") return false;
  const { xmlns = "", type = "" } = stanza.attrs;
  return ["md", "w:p"].includes(xmlns) || ["result", "error"].includes(type);
}

function handleAck(world: World, { account, device }: Session, stanza: BinaryNode): void {
  const kind = attr(stanza, "class");
  const id = attr(stanza, "id");
  if (kind === "message") world.ledger.confirmed(id, account.pn, device.id);
  clearAcked(world, device, stanza);
}

export function handleClose(world: World, conn: Connection): void {
  for (const ref of conn.refs) world.refs.delete(ref);
  for (const [pn, pending] of world.pendingCodes) {
    if (pending.conn === conn) world.pendingCodes.delete(pn);
  }
  if (!conn.paired) conn.pairIq?.onClose();
  const { account, device } = conn;
  if (account === undefined || device?.conn !== conn) return;
  device.conn = undefined;
  // A socket that ends takes its presence with it.
  if (conn.presence === "available") announcePresence(world, account);
  world.events.append("disconnected", account.pn, { device: device.id });
}
