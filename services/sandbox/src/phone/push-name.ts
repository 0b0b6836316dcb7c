import { encodeSyncdPatch, newLTHashState, proto } from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { addPatch } from "../wire/app-state.ts";

const COLLECTION = "critical_block";

/** A consumer account's own name reaches its companions only through the app state. */
export async function setPushName(world: World, account: Account, name: string): Promise<void> {
  const { phone } = account;
  const { patch, state } = await encodeSyncdPatch(
    {
      type: COLLECTION,
      index: ["setting_pushName"],
      syncAction: { timestamp: Date.now(), pushNameSetting: { name } },
      apiVersion: 1,
      operation: proto.SyncdMutation.SyncdOperation.SET,
    },
    phone.appStateKey.id.toString("base64"),
    phone.appStateHash.get(COLLECTION) ?? newLTHashState(),
    () => Promise.resolve({ keyData: phone.appStateKey.data }),
  );
  phone.appStateHash.set(COLLECTION, state);
  addPatch(world, { account, device: 0 }, COLLECTION, patch);
}
