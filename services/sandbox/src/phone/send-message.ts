import { generateMessageIDV2, proto } from "@whiskeysockets/baileys";
import { bounds, setBounded } from "../bounded.ts";
import type { Account, Message } from "../model.ts";
import type { World } from "../world.ts";
import { pnJid } from "../wire/addresses.ts";
import { deliverMessage } from "../wire/delivery.ts";
import { recordOwnMessage } from "./chats.ts";
import { encryptFor } from "./encrypt-for.ts";
import { runInOrder } from "./run-in-order.ts";

/**
 * The person writes on the phone: every device of the recipient gets the message, the phone's own
 * companions get a copy that says whom it was for.
 */
export function sendMessage(
  world: World,
  from: Account,
  to: Account,
  content: { message: Message; type: string },
): Promise<string> {
  return runInOrder(from, async () => {
    const { message, type } = content;
    const id = generateMessageIDV2(pnJid(from));
    const raw = Buffer.from(proto.Message.encode(message).finish());
    setBounded(from.phone.outbox, id, { toPn: to.pn, message: raw, type }, bounds.outboxPerPhone);
    recordOwnMessage(from, { id, peer: to.pn, device: 0, message });
    const mode = from.phone.settings.addressing;
    const base = { id, type, fromAccount: from, fromDevice: 0, mode };
    for (const device of to.devices.values()) {
      const enc = await encryptFor(world, from, { account: to, device: device.id }, message);
      deliverMessage(world, { ...base, toAccount: to, toDevice: device.id, enc });
    }
    const recipient = pnJid(to);
    const copy = ownCopy(recipient, message);
    for (const device of from.devices.values()) {
      if (device.id === 0) continue;
      const enc = await encryptFor(world, from, { account: from, device: device.id }, copy);
      deliverMessage(world, { ...base, toAccount: from, toDevice: device.id, enc, recipient });
    }
    world.events.append("message_written", from.pn, { id, to: to.pn });
    world.changed();
    return id;
  });
}

export const ownCopy = (destinationJid: string, message: Message): Message => ({
  deviceSentMessage: { destinationJid, message },
});
