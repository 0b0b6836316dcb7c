import { getBinaryNodeChildBuffer, proto, type BinaryNode } from "@whiskeysockets/baileys";
import { bounds } from "../bounded.ts";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { pushStanza } from "./delivery.ts";
import { attr, node, notification, SERVER } from "./node.ts";

/** Who changes the app state: device 0 is the phone. */
type Author = { account: Account; device: number };

/** Answers one `<collection>` of a sync request: newer patches, or the result of a change. */
export function syncCollection(world: World, author: Author, request: BinaryNode): BinaryNode {
  const { account } = author;
  const name = attr(request, "name");
  const base = Number(request.attrs["version"] ?? "0");
  const newest = account.appState.get(name)?.length ?? 0;
  const patch = getBinaryNodeChildBuffer(request, "patch");
  if (patch === undefined) {
    const attrs = { name, version: String(newest), has_more_patches: "false" };
    return node("collection", attrs, patchesSince(account, name, base));
  }
  if (newest >= bounds.patchesPerCollection) {
    const attrs = { name, type: "error", version: String(newest) };
    return node("collection", attrs, [
      node("error", { code: "500", text: "internal-server-error" }),
    ]);
  }
  // A client's change must be based on the newest version.
  if (base !== newest) {
    const attrs = { name, type: "error", version: String(newest), has_more_patches: "false" };
    const conflict = node("error", { code: "409", text: "conflict" });
    return node("collection", attrs, [conflict, ...patchesSince(account, name, base)]);
  }
  addPatch(world, author, name, proto.SyncdPatch.decode(patch));
  return node("collection", { name, version: String(newest + 1) });
}

/** Appends a patch and tells the account's other connected companions. */
export function addPatch(
  world: World,
  author: Author,
  name: string,
  patch: proto.ISyncdPatch,
): void {
  const { account } = author;
  const log = account.appState.get(name) ?? [];
  const version = log.length + 1;
  const encoded = proto.SyncdPatch.encode(Object.assign(patch, { version: { version } })).finish();
  account.appState.set(name, [...log, Buffer.from(encoded)]);
  const stanza = notification("server_sync", SERVER, [
    node("collection", { name, version: String(version) }),
  ]);
  for (const device of account.devices.values()) {
    const listens = device.id !== 0 && device.id !== author.device && device.conn?.active === true;
    if (listens) pushStanza(world, device, stanza);
  }
  world.changed();
}

function patchesSince(account: Account, name: string, base: number): BinaryNode[] {
  const newer = (account.appState.get(name) ?? []).slice(base);
  if (newer.length === 0) return [];
  return [
    node(
      "patches",
      {},
      newer.map((patch) => node("patch", {}, patch)),
    ),
  ];
}
