import type { BinaryNode } from "@whiskeysockets/baileys";
import type { World } from "../world.ts";
import { resolveJid, type Address } from "./addresses.ts";
import type { Connection, Session } from "./connection.ts";
import { fanOut } from "./fan-out.ts";
import { attr, node, nowSeconds } from "./node.ts";

/** A client sends a message: fan it out to the devices it was encrypted for, then acknowledge. */
export function handleMessage(world: World, session: Session, stanza: BinaryNode): void {
  const target = resolveJid(world, attr(stanza, "to"));
  const { conn, account } = session;
  const submitted = (outcome: string): void =>
    world.ledger.submitted({
      messageId: attr(stanza, "id"),
      from: account.pn,
      fromDevice: session.device.id,
      to: target.account?.pn ?? attr(stanza, "to"),
      outcome,
    });
  const refusal = refusalOf(world, account.pn, target);
  if (refusal !== undefined) {
    submitted(`refused ${refusal}`);
    acknowledge(conn, stanza, refusal);
    return;
  }
  if (isLost(world, conn, account.pn)) {
    submitted("lost");
    return;
  }
  const apply = (): void => {
    submitted("applied");
    fanOut(world, session, target, stanza);
    acknowledgeUnlessFaulty(world, conn, account.pn, stanza);
  };
  const slow = world.faults.take("slow_apply", account.pn);
  if (slow === undefined) apply();
  else world.timers.after(slow.delayMs ?? 0, apply);
}

/** The error code a message is refused with; undefined when it is taken. */
function refusalOf(world: World, pn: string, target: Address): string | undefined {
  const fault = world.faults.take("ack_error", pn);
  if (fault !== undefined) return fault.code ?? "463";
  return target.account === undefined ? "404" : undefined;
}

function isLost(world: World, conn: Connection, pn: string): boolean {
  if (world.faults.take("message_lost", pn) !== undefined) return true;
  if (world.faults.take("drop_before_apply", pn) === undefined) return false;
  conn.terminate();
  return true;
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
