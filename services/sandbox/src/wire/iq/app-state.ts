import { getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { syncCollection } from "../app-state.ts";
import { node } from "../node.ts";
import type { AccountIq } from "./context.ts";

export function answerAppState({ world, account, device, child, reply }: AccountIq): boolean {
  const collections = getBinaryNodeChildren(child, "collection").map((request) =>
    syncCollection(world, { account, device: device.id }, request),
  );
  reply([node("sync", {}, collections)]);
  return true;
}
