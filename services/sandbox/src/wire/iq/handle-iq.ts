import type { BinaryNode } from "@whiskeysockets/baileys";
import type { World } from "../../world.ts";
import type { Connection } from "../connection.ts";
import { attr, firstChild, node, SERVER } from "../node.ts";
import { answerAppState } from "./app-state.ts";
import { answerBlocklist } from "./blocklist.ts";
import { answerBusiness } from "./business.ts";
import type { Iq, IqHandler } from "./context.ts";
import { answerEncrypt } from "./encrypt.ts";
import { answerMediaConnection } from "./media-connection.ts";
import { answerMultiDevice } from "./multi-device.ts";
import { answerPassive } from "./passive.ts";
import { answerPrivacy } from "./privacy.ts";
import { answerProps } from "./props.ts";
import { answerDirty, answerGroups, answerProfilePicture } from "./small-answers.ts";
import { answerStatus } from "./status.ts";
import { answerUsyncIq } from "./usync.ts";

const handlers: Record<string, IqHandler> = {
  encrypt: answerEncrypt,
  passive: answerPassive,
  abt: answerProps,
  privacy: answerPrivacy,
  blocklist: answerBlocklist,
  status: answerStatus,
  "w:biz": answerBusiness,
  usync: answerUsyncIq,
  "w:sync:app:state": answerAppState,
  "w:m": answerMediaConnection,
  "urn:xmpp:whatsapp:dirty": answerDirty,
  "w:g2": answerGroups,
  "w:profile:picture": answerProfilePicture,
};

const MAX_UNKNOWN_IQS = 100;

/** Answers a query. None may stay unanswered: it would block the client for a minute. */
export function handleIq(world: World, conn: Connection, stanza: BinaryNode): void {
  const type = attr(stanza, "type");
  if (type === "result" || type === "error") {
    if (attr(stanza, "id") === conn.pairIq?.id) conn.pairIq.onAnswer(stanza);
    return;
  }
  const iq = createIq(world, conn, stanza, type);
  const xmlns = attr(stanza, "xmlns");
  if (answerAnybody(iq, xmlns) || answerAccount(iq, xmlns)) return;
  noteUnknown(iq, xmlns);
  iq.error(501, "feature-not-implemented");
}

function noteUnknown({ world, type, child }: Iq, xmlns: string): void {
  const unknown = `${type} ${xmlns} ${child?.tag ?? ""}`;
  if (world.unknownIqs.length < MAX_UNKNOWN_IQS) world.unknownIqs.push(unknown);
  world.logger.warn({ type, xmlns, child: child?.tag }, "unknown iq");
}

/** What may be asked before the login, too. */
function answerAnybody(iq: Iq, xmlns: string): boolean {
  if (xmlns === "md") return answerMultiDevice(iq);
  if (xmlns === "w:p") iq.reply();
  return xmlns === "w:p";
}

function answerAccount(iq: Iq, xmlns: string): boolean {
  const { account, device } = iq.conn;
  const handler = handlers[xmlns];
  if (account === undefined || device === undefined || handler === undefined) return false;
  const { faults } = iq.world;
  const fault = faults.take("iq_error", account.pn, (found) => (found.xmlns ?? "usync") === xmlns);
  if (fault === undefined) return handler({ ...iq, account, device });
  iq.error(Number(fault.code ?? "429"), fault.text ?? "rate-overlimit");
  return true;
}

function createIq(world: World, conn: Connection, stanza: BinaryNode, type: string): Iq {
  const id = attr(stanza, "id");
  return {
    world,
    conn,
    stanza,
    type,
    child: firstChild(stanza),
    reply: (content) => conn.send(node("iq", { from: SERVER, type: "result", id }, content)),
    error: (code, text) => {
      const error = node("error", { code: String(code), text });
      conn.send(node("iq", { from: SERVER, type: "error", id }, [error]));
    },
  };
}
