import { removePhone } from "./phone/remove-phone.ts";
import type { World } from "./world.ts";

/** Back to an empty sandbox: linked clients are thrown out. The root key and the CA stay. */
export function resetWorld(world: World): void {
  world.faults.clear();
  for (const account of [...world.accounts.values()]) removePhone(world, account);
  world.pendingCodes.clear();
  world.media.clear();
  world.ledger.clear();
  world.events.clear();
  world.peers.clear();
  world.unknownIqs.length = 0;
  world.events.append("reset", "");
}
