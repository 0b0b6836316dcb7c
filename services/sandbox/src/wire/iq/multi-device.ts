import { resolveJid } from "../addresses.ts";
import { unlinkDevice } from "../devices.ts";
import { attr } from "../node.ts";
import { acceptCompanionFinish, acceptCompanionHello } from "../pairing-code.ts";
import type { Iq } from "./context.ts";

/** Linking by code, and a companion that logs itself (or another one) out. */
export function answerMultiDevice(iq: Iq): boolean {
  const { child } = iq;
  if (child?.tag === "remove-companion-device") return removeCompanion(iq);
  if (child?.tag !== "link_code_companion_reg") return false;
  const stage = attr(child, "stage");
  if (stage === "companion_hello") {
    const answer = acceptCompanionHello(iq.world, iq.conn, child);
    if (answer === undefined) iq.error(400, "bad-request");
    else iq.reply([answer]);
    return true;
  }
  if (stage !== "companion_finish") return false;
  iq.reply();
  acceptCompanionFinish(iq.world, child);
  return true;
}

function removeCompanion({ world, conn, child, reply }: Iq): boolean {
  if (child === undefined || conn.account === undefined) return false;
  reply();
  const { account, device } = resolveJid(world, attr(child, "jid"));
  if (account === conn.account && device !== undefined) {
    unlinkDevice(world, account, device, device === conn.device?.id);
  }
  return true;
}
