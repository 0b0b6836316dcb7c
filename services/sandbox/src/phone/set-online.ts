import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { receiveStanza } from "./receive.ts";

/** Switches the phone's connection; what waited while it was off arrives in order. */
export async function setOnline(world: World, account: Account, online: boolean): Promise<void> {
  account.phone.settings.online = online;
  world.changed();
  if (!online) return;
  for (const stanza of account.phone.inbox.splice(0)) await receiveStanza(world, account, stanza);
}
