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
  "urn:xmpp:whatsapp:dirty": (iq) => done(iq.reply()),
  "w:g2": (iq) => done(iq.reply([node("groups", {}, [])])),
  "w:profile:picture": (iq) => done(iq.error(404, "item-not-found")),
};

const done = (answered: void): boolean => {
  answered;
  return true;
};

/** Answers a query. None may stay unanswered: it would block the client for a minute. */
export function handleIq(world: World, conn: Connection, stanza: BinaryNode): void {
  const type = attr(stanza, "type");
  if (type === "result" || type === "error") {
    if (attr(stanza, "id") === conn.pairIq?.id) conn.pairIq.onAnswer(stanza);
    return;
  }
  const iq = createIq(world, conn, stanza, type);
  const xmlns = attr(stanza, "xmlns");
  if (xmlns === "w:p") {
    iq.reply();
    return;
  }
  if (xmlns === "md" && answerMultiDevice(iq)) return;
  const { account, device } = conn;
  const handler = handlers[xmlns];
  if (account !== undefined && device !== undefined && handler !== undefined) {
    const fault = world.faults.take("iq_error", account.pn, (f) => (f.xmlns ?? "usync") === xmlns);
    if (fault !== undefined) {
      iq.error(Number(fault.code ?? "429"), fault.text ?? "rate-overlimit");
      return;
    }
    if (handler({ ...iq, account, device })) return;
  }
  world.unknownIqs.push(`${type} ${xmlns} ${iq.child?.tag ?? ""}`);
  world.logger.warn({ type, xmlns, child: iq.child?.tag }, "unknown iq");
  iq.error(501, "feature-not-implemented");
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
