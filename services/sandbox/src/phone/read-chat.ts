import type { Account } from "../model.ts";
import { jidOf } from "../wire/addresses.ts";
import { node, nowSeconds } from "../wire/node.ts";
import { routeReceipt } from "../wire/receipts.ts";
import type { World } from "../world.ts";

/** The person opens a chat: everything unread in it becomes read. Returns how many. */
export function readChat(world: World, account: Account, peer: string): number {
  const other = world.accounts.get(peer);
  const unread = (account.phone.chats.get(peer) ?? []).filter((m) => !m.fromMe && !m.read);
  for (const message of unread) {
    message.read = true;
    if (other === undefined) continue;
    const to = jidOf(other, account.phone.settings.addressing);
    const attrs = { id: message.id, to, type: "read", t: nowSeconds() };
    routeReceipt(world, { account, device: 0 }, node("receipt", attrs));
  }
  if (unread.length > 0)
    world.events.append("chat_read", account.pn, { chat: peer, read: unread.length });
  world.changed();
  return unread.length;
}
