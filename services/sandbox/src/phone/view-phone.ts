import type { PhoneView } from "../api/phones.ts";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";

/** A phone as the control API shows it. */
export const viewPhone = (world: World, account: Account): PhoneView => ({
  phone: account.pn,
  lid: account.lid,
  name: account.name,
  business: account.business,
  settings: account.phone.settings,
  waiting: account.phone.inbox.length,
  codeRequested: world.pendingCodes.has(account.pn),
  devices: [...account.devices.values()].map((device) => ({
    id: device.id,
    connected: device.id === 0 ? account.phone.settings.online : device.conn?.active === true,
    pending: device.pending.size,
  })),
  chats: [...account.phone.chats.keys()],
});
