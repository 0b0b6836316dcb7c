import type { BinaryNode } from "@whiskeysockets/baileys";
import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";
import { clearPending } from "./delivery.ts";
import { handleIq } from "./iq/handle-iq.ts";
import { handleMessage } from "./messages.ts";
import { attr } from "./node.ts";
import { handleChatState, handlePresence } from "./presence.ts";
import { handleReceipt } from "./receipts.ts";

/** What a client may say before it has logged in. */
function allowedBeforeLogin(stanza: BinaryNode): boolean {
  if (stanza.tag !== "iq") return false;
  const { xmlns = "", type = "" } = stanza.attrs;
  return ["md", "w:p"].includes(xmlns) || ["result", "error"].includes(type);
}

/** One stanza from a client. */
export function handleStanza(world: World, conn: Connection, stanza: BinaryNode): void {
  const { account, device } = conn;
  if (account === undefined || device === undefined) {
    // Stanzas may still arrive on a connection that has just got its <failure>.
    if (allowedBeforeLogin(stanza)) handleIq(world, conn, stanza);
    return;
  }
  switch (stanza.tag) {
    case "iq":
      handleIq(world, conn, stanza);
      return;
    case "message":
      handleMessage(world, conn, { account, device }, stanza);
      return;
    case "receipt":
      handleReceipt(world, conn, stanza);
      return;
    case "ack":
      if (attr(stanza, "class") === "message") {
        world.ledger.confirmed(attr(stanza, "id"), account.pn, device.id);
      }
      clearPending(world, device, attr(stanza, "class"), attr(stanza, "id"));
      return;
    case "presence":
      handlePresence(world, conn, stanza);
      return;
    case "chatstate":
      handleChatState(world, conn, stanza);
      return;
    case "ib":
      return;
    default:
      world.logger.warn({ tag: stanza.tag }, "unhandled stanza");
  }
}

export function handleClose(world: World, conn: Connection): void {
  for (const ref of conn.refs) world.refs.delete(ref);
  for (const [pn, pending] of world.pendingCodes) {
    if (pending.conn === conn) world.pendingCodes.delete(pn);
  }
  if (conn.device?.conn === conn) {
    conn.device.conn = undefined;
    world.events.append("disconnected", conn.account?.pn ?? "", { device: conn.device.id });
  }
}
