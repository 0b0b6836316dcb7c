import type { WASocket } from "@whiskeysockets/baileys";
import { GateClosedError } from "@rarity/channel-kit";
import type { MediaStore, OutboundAttempt, SendOutcome, SendPermit } from "@rarity/channel-kit";
import { jidOf } from "../../domain/jid.ts";
import type { SealedKeyStore } from "../store/sealed-key-store.ts";
import { frozenMessage } from "./frozen-message.ts";
import type { PendingAcks } from "./pending-acks.ts";
import type { WriteGate } from "./write-gate.ts";

export type SendDeps = {
  socket: WASocket;
  keys: SealedKeyStore;
  media: MediaStore;
  gate: WriteGate;
  acks: PendingAcks;
  /** A frame was dropped at the gate: the cipher's counter has moved on, the socket is useless. */
  abandon(reason: string): void;
};

/** Sends one message and waits for the server's word. Before `permit.enter()` a throw is "absent". */
export async function sendMessage(
  deps: SendDeps,
  attempt: OutboundAttempt,
  permit: SendPermit,
): Promise<SendOutcome> {
  try {
    return await lookUpAndSend(deps, attempt, permit);
  } catch (error) {
    // A look-up the server refused for its rate must not be repeated at once, again and again.
    if (permit.entered || !isRateLimit(error)) throw error;
    return rateLimited();
  }
}

async function lookUpAndSend(
  deps: SendDeps,
  attempt: OutboundAttempt,
  permit: SendPermit,
): Promise<SendOutcome> {
  const jid = jidOf(attempt.recipient);
  if (jid === undefined) return badAddress(attempt.recipient.kind);
  if (!(await isReachable(deps, jid))) return notOnWhatsApp();
  const message = await frozenMessage(deps, attempt, jid);
  if (permit.signal.aborted) return { outcome: "absent", reason: "aborted", evidence: {} };

  const token = attempt.providerToken;
  const answer = deps.acks.expect(token, permit.signal);
  try {
    await deps.gate.run(
      () => permit.enter(),
      (additionalNodes) =>
        deps.socket.relayMessage(jid, message, { messageId: token, additionalNodes }),
    );
  } catch (error) {
    deps.acks.drop(token);
    if (error instanceof GateClosedError) deps.abandon("gate closed while writing");
    throw error;
  }
  if (permit.entered) return answer;
  // A library that no longer counts the nodes would write past the gate: send nothing more with it.
  deps.acks.drop(token);
  deps.abandon("a message was written past the gate");
  return { outcome: "unresolved", reason: "gate_bypassed", evidence: {} };
}

/**
 * A phone number that WhatsApp does not know would be sent to our own devices only, and look
 * accepted. A known LID mapping is proof enough; otherwise the server is asked.
 */
async function isReachable(deps: SendDeps, jid: string): Promise<boolean> {
  const [digits = "", server] = jid.split("@");
  if (server !== "s.whatsapp.net") return true;
  const mapped = await deps.keys.get("lid-mapping", [digits]);
  if (mapped[digits] !== undefined) return true;
  const found = await deps.socket.onWhatsApp(jid);
  if (found === undefined) throw new Error("the server did not answer whether the number exists");
  return found.some((entry) => entry.exists);
}

/** The library puts the code of an iq error into `data`; its `statusCode` is always 500. */
function isRateLimit(error: unknown): boolean {
  return error instanceof Error && "data" in error && error.data === 429;
}

function rateLimited(): SendOutcome {
  const message = "WhatsApp asked us to slow down.";
  const error = { class: "transient" as const, code: "429", message };
  return { outcome: "refused", error, evidence: { source: "server_lookup" } };
}

function badAddress(kind: string): SendOutcome {
  const message = `A ${kind} address cannot be written to over WhatsApp.`;
  const error = { class: "recipient" as const, code: "BAD_ADDRESS", message };
  return { outcome: "refused", error, evidence: { source: "local" } };
}

function notOnWhatsApp(): SendOutcome {
  const message = "This phone number is not on WhatsApp.";
  const error = { class: "recipient" as const, code: "NOT_ON_WHATSAPP", message };
  return { outcome: "refused", error, evidence: { source: "server_lookup" } };
}
