import type { Account } from "../model.ts";
import { unlinkDevice } from "../wire/devices.ts";
import type { World } from "../world.ts";

/** The phone is thrown away: its devices are logged out, nobody knows its number any more. */
export function removePhone(world: World, account: Account): void {
  for (const id of [...account.devices.keys()]) unlinkDevice(world, account, id);
  world.accounts.delete(account.pn);
  world.byLid.delete(account.lid);
  world.pendingCodes.delete(account.pn);
  account.phone.signal.close?.();
  world.events.append("phone_removed", account.pn);
}
