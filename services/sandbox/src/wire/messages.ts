import {
  getAllBinaryNodeChildren,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { Account, Device } from "../model.ts";
import type { World } from "../world.ts";
import { resolveJid, type Address } from "./addresses.ts";
import type { Connection } from "./connection.ts";
import { deliverMessage, type Delivery } from "./delivery.ts";
import { attr, node, nowSeconds, requiredChild } from "./node.ts";

const FORWARDED_CHILDREN = ["device-identity", "reporting", "meta", "biz", "bot"];

type Sender = { account: Account; device: Device };

/** A client sends a message: fan it out to the devices it was encrypted for, then acknowledge. */
export function handleMessage(
  world: World,
  conn: Connection,
  sender: Sender,
  stanza: BinaryNode,
): void {
  const target = resolveJid(world, attr(stanza, "to"));
  const submission = {
    messageId: attr(stanza, "id"),
    from: sender.account.pn,
    fromDevice: sender.device.id,
    to: target.account?.pn ?? attr(stanza, "to"),
  };
  const { faults, ledger } = world;
  const pn = sender.account.pn;
  const refusal = faults.take("ack_error", pn);
  if (refusal !== undefined || target.account === undefined) {
    const code = refusal?.code ?? "404";
    ledger.submitted({ ...submission, outcome: `refused ${code}` });
    acknowledge(conn, stanza, code);
    return;
  }
  if (faults.take("message_lost", pn) !== undefined) {
    ledger.submitted({ ...submission, outcome: "lost" });
    return;
  }
  if (faults.take("drop_before_apply", pn) !== undefined) {
    ledger.submitted({ ...submission, outcome: "lost" });
    conn.terminate();
    return;
  }
  const apply = (): void => {
    ledger.submitted({ ...submission, outcome: "applied" });
    fanOut(world, sender, target, stanza);
    acknowledgeUnlessFaulty(world, conn, pn, stanza);
  };
  const slow = faults.take("slow_apply", pn);
  if (slow === undefined) apply();
  else world.timers.after(slow.delayMs ?? 0, apply);
}

function acknowledgeUnlessFaulty(
  world: World,
  conn: Connection,
  pn: string,
  stanza: BinaryNode,
): void {
  if (world.faults.take("ack_lost", pn) !== undefined) return;
  if (world.faults.take("drop_after_apply", pn) !== undefined) {
    conn.terminate();
    return;
  }
  const late = world.faults.take("ack_late", pn);
  if (late === undefined) acknowledge(conn, stanza);
  else world.timers.after(late.delayMs ?? 0, () => acknowledge(conn, stanza));
}

function acknowledge(conn: Connection, stanza: BinaryNode, error?: string): void {
  const attrs = { class: "message", id: attr(stanza, "id"), from: attr(stanza, "to") };
  conn.send(node("ack", { ...attrs, t: nowSeconds(), error }));
}

function fanOut(world: World, sender: Sender, target: Address, stanza: BinaryNode): void {
  const account = target.account;
  if (account === undefined) return;
  const base = {
    id: attr(stanza, "id"),
    type: attr(stanza, "type"),
    fromAccount: sender.account,
    fromDevice: sender.device.id,
    extra: getAllBinaryNodeChildren(stanza).filter((child) =>
      FORWARDED_CHILDREN.includes(child.tag),
    ),
    mode: target.mode,
    edit: stanza.attrs["edit"],
  };
  const participants = getBinaryNodeChild(stanza, "participants");
  const enc = getBinaryNodeChild(stanza, "enc");
  // A resend (device_fanout=false) goes to the one device named in `to`: its own <enc> counts,
  // not a <participants> beside it.
  const resend = stanza.attrs["device_fanout"] === "false" && enc !== undefined;
  if (participants !== undefined && !resend) {
    for (const to of getBinaryNodeChildren(participants, "to")) {
      deliverTo(world, base, account, to, attr(stanza, "to"));
    }
  } else if (enc !== undefined) {
    deliverMessage(world, {
      ...base,
      category: stanza.attrs["category"],
      toAccount: account,
      toDevice: target.device ?? 0,
      enc,
      recipient: stanza.attrs["recipient"],
    });
  }
}

function deliverTo(
  world: World,
  base: Omit<Delivery, "toAccount" | "toDevice" | "enc">,
  chatAccount: Account,
  to: BinaryNode,
  chatJid: string,
): void {
  const address = resolveJid(world, attr(to, "jid"));
  if (address.account === undefined) return;
  const ownCopy = address.account === base.fromAccount && chatAccount !== base.fromAccount;
  deliverMessage(world, {
    ...base,
    toAccount: address.account,
    toDevice: address.device ?? 0,
    enc: requiredChild(to, "enc"),
    recipient: ownCopy ? chatJid : undefined,
  });
}
