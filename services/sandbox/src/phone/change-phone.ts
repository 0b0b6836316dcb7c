import type { z } from "zod";
import type { PhonePatch } from "../api/phones.ts";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { migrateToLid } from "./migrate-to-lid.ts";
import { setOnline } from "./set-online.ts";

/** Changes how a phone behaves; a phone that comes online gets what waited before this returns. */
export async function changePhone(
  world: World,
  account: Account,
  patch: z.output<typeof PhonePatch>,
): Promise<void> {
  const { online, lidMigrated, ...others } = patch;
  Object.assign(account.phone.settings, others);
  world.events.append("settings_changed", account.pn, { settings: Object.keys(patch) });
  if (lidMigrated === true) await migrateToLid(world, account);
  if (online !== undefined) await setOnline(world, account, online);
  world.changed();
}
