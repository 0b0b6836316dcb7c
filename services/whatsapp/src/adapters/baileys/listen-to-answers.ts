import { getBinaryNodeChildren } from "@whiskeysockets/baileys";
import type { AuthenticationCreds, BinaryNode, WASocket } from "@whiskeysockets/baileys";
import type { Receipt } from "@rarity/channel-kit";
import { asAppError } from "@rarity/platform/errors";
import type { Logger } from "pino";
import { ackError } from "../../domain/ack-error.ts";
import { parsePersonJid } from "../../domain/jid.ts";
import { receiptsOf, timeOf } from "../../domain/receipt.ts";
import type { PendingAcks } from "./pending-acks.ts";
import { holdStanza, onStanza } from "./socket-parts.ts";

export type AnswersDeps = {
  socket: WASocket;
  acks: PendingAcks;
  creds: AuthenticationCreds;
  logger: Logger;
  record(receipts: Receipt[]): Promise<void>;
  /** A receipt could not be stored. The server sends it again to the next connection, so one is needed. */
  onStoreAway(): void;
};

/** What the server and the other side say about our own messages, read from the raw stanzas. */
export function listenToAnswers(deps: AnswersDeps): void {
  listenToAcks(deps);
  holdStanza(deps.socket, "CB:receipt", async (node) => {
    const receipts = receiptsOf(
      { attrs: node.attrs, listedIds: listedIds(node) },
      isOwn(deps.creds, node.attrs["participant"] ?? node.attrs["from"]),
      Date.now(),
    );
    for (const { providerMessageId, at } of receipts) {
      deps.acks.acked(providerMessageId, { source: "receipt", at });
    }
    return store(deps, receipts);
  });
}

/** True: stored, or refused for good; the server may forget the stanza. */
async function store(deps: AnswersDeps, receipts: Receipt[]): Promise<boolean> {
  if (receipts.length === 0) return true;
  try {
    await deps.record(receipts);
    return true;
  } catch (error) {
    const { code } = asAppError(error);
    deps.logger.error({ code, count: receipts.length }, "receipts were not recorded");
    // What the database refuses would end every next connection, too.
    if (code !== "UNAVAILABLE") return true;
    deps.onStoreAway();
    return false;
  }
}

/** An ack is never confirmed: a lost one leaves its attempt open, which recovery asks about again. */
function listenToAcks(deps: AnswersDeps): void {
  const report = (receipt: Receipt): void => {
    deps.record([receipt]).catch((error: unknown) => {
      deps.logger.error({ code: asAppError(error).code }, "an ack was not recorded");
    });
  };
  onStanza(deps.socket, "CB:ack,class:message", ({ attrs: { id, error, t } }) => {
    if (id === undefined) return;
    const at = timeOf(t, Date.now());
    if (error === undefined) {
      deps.acks.acked(id, { source: "ack", at });
      report({ providerMessageId: id, status: "server_acked", at });
    } else if (!deps.acks.refused(id, error)) {
      // Nobody waits any more: an attempt of an earlier connection, or one that timed out.
      report({ providerMessageId: id, status: "failed", at, error: ackError(error) });
    }
  });
}

function listedIds(node: BinaryNode): string[] {
  const list = getBinaryNodeChildren(node, "list").flatMap((entry) =>
    getBinaryNodeChildren(entry, "item"),
  );
  return list.flatMap(({ attrs: { id } }) => (id === undefined ? [] : [id]));
}

function isOwn(creds: AuthenticationCreds, jid: string | undefined): boolean {
  const digits = parsePersonJid(jid)?.digits;
  const own = [creds.me?.id, creds.me?.lid].map((entry) => parsePersonJid(entry)?.digits);
  return digits !== undefined && own.includes(digits);
}
