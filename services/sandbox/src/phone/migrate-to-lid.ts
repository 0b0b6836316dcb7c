import { proto } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { sendPeer } from "./send-peer.ts";

/** The phone moves its chats to LIDs and tells what is linked to it; later devices hear it at once. */
export async function migrateToLid(world: World, account: Account): Promise<void> {
  const { settings } = account.phone;
  if (settings.lidMigrated) return;
  settings.lidMigrated = true;
  settings.addressing = "lid";
  world.changed();
  const { Type } = proto.Message.ProtocolMessage;
  const encodedMappingPayload = proto.LIDMigrationMappingSyncPayload.encode({
    pnToLidMappings: mappings(world),
    chatDbMigrationTimestamp: Math.floor(Date.now() / 1000),
  }).finish();
  for (const { id, historySent } of account.devices.values()) {
    if (id === 0 || !historySent) continue;
    await sendPeer(world, account, id, {
      protocolMessage: {
        type: Type.LID_MIGRATION_MAPPING_SYNC,
        lidMigrationMappingSyncMessage: { encodedMappingPayload },
      },
    });
  }
}

/** The message carries numbers, not text: what a number cannot hold exactly is left out. */
const mappings = (world: World): proto.ILIDMigrationMapping[] =>
  [...world.accounts.values()]
    .map(({ pn, lid }) => ({ pn: Number(pn), assignedLid: Number(lid) }))
    .filter(({ pn, assignedLid }) => [pn, assignedLid].every(Number.isSafeInteger));
