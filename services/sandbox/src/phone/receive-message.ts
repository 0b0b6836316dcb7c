import { decryptMessageNode, type BinaryNode, type WAMessage } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid, resolveJid } from "../wire/addresses.ts";
import { attr } from "../wire/node.ts";
import { hasMessage, recordOwnMessage } from "./chats.ts";
import { askAgain } from "./retries.ts";
import { showMessage } from "./show-message.ts";

/** Decrypts a message for the phone and does what its kind asks for. */
export async function receiveMessage(
  world: World,
  account: Account,
  stanza: BinaryNode,
): Promise<void> {
  const { phone } = account;
  const { fullMessage, decrypt } = decryptMessageNode(
    stanza,
    pnJid(account),
    lidJid(account),
    phone.signal,
    world.logger.child({ part: "phone" }, { level: "silent" }),
  );
  await decrypt();
  if (fullMessage.messageStubType) {
    // The library leaves this list untyped.
    const reason = fullMessage.messageStubParameters as string[] | undefined;
    await refuseMessage(world, account, stanza, reason ?? []);
    return;
  }
  phone.decryptFailures.delete(attr(stanza, "id"));
  world.changed();
  if (stanza.attrs["category"] === "peer") return;
  const message = fullMessage.message ?? {};
  if (stanza.attrs["recipient"] === undefined) showMessage(world, account, stanza, message);
  else keepOwnCopy(world, account, stanza, message);
}

/** The phone could not decrypt. A second copy of a known message is no reason to ask again. */
async function refuseMessage(
  world: World,
  account: Account,
  stanza: BinaryNode,
  reason: string[],
): Promise<void> {
  const id = attr(stanza, "id");
  const from = resolveJid(world, attr(stanza, "from")).account?.pn ?? attr(stanza, "from");
  const arrival = { messageId: id, from, to: account.pn, device: 0 };
  // The same ciphertext a second time cannot be decrypted either; a phone that has the message
  // recognises the id and stays quiet.
  if (hasMessage(account, id)) {
    world.ledger.arrived({ ...arrival, displayed: false, textHash: null });
    return;
  }
  world.ledger.undecryptable(arrival);
  world.events.append("undecryptable", account.pn, { id, from, reason });
  await askAgain(world, account, stanza);
}

/** What a companion of this account wrote, for the phone's own chat list. */
function keepOwnCopy(
  world: World,
  account: Account,
  stanza: BinaryNode,
  message: NonNullable<WAMessage["message"]>,
): void {
  const id = attr(stanza, "id");
  const to = resolveJid(world, attr(stanza, "recipient")).account?.pn;
  if (to === undefined || hasMessage(account, id)) return;
  const { device = 0 } = resolveJid(world, attr(stanza, "from"));
  recordOwnMessage(account, { id, peer: to, device, message });
  world.events.append("message_copied", account.pn, { id, to, device });
}
