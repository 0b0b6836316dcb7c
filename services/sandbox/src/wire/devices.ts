import { createHash } from "node:crypto";
import type { Account, Device } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid } from "./addresses.ts";
import { pushStanza } from "./delivery.ts";
import { node, notification, nowSeconds } from "./node.ts";

/** Time between a logout's result and the close, so that no stream:error races with it. */
const OWN_LOGOUT_CLOSE_MS = 500;

/** Tells everybody who is connected that an account gained or lost a device. */
export function notifyDevices(
  world: World,
  account: Account,
  change: "add" | "remove",
  device: Device,
): void {
  const stanza = notification(
    "devices",
    pnJid(account),
    [
      node(
        change,
        {
          device_hash: deviceHash(account, "s.whatsapp.net"),
          device_lid_hash: deviceHash(account, "lid"),
        },
        [
          node("device", {
            jid: pnJid(account, device.id),
            lid: lidJid(account, device.id),
            "key-index": change === "add" ? String(device.keyIndex) : undefined,
          }),
          node("key-index-list", { ts: nowSeconds() }),
        ],
      ),
    ],
    { lid: lidJid(account) },
  );
  for (const other of world.accounts.values()) {
    for (const listener of other.devices.values()) {
      if (listener.conn?.active === true && listener !== device) {
        pushStanza(world, listener, stanza);
      }
    }
  }
}

/** "2:" + base64 of the first 6 bytes of SHA-256 over the sorted `user.0:device@server` strings. */
export function deviceHash(account: Account, server: "s.whatsapp.net" | "lid"): string {
  const user = server === "lid" ? account.lid : account.pn;
  const list = [...account.devices.keys()].map((id) => `${user}.0:${id}@${server}`);
  const digest = createHash("sha256").update(list.sort().join("")).digest();
  return `2:${digest.subarray(0, 6).toString("base64")}`;
}

/**
 * Removes a companion. `own`: the device itself asked for it; it gets its result and a plain
 * close, everybody else is thrown out with a 401.
 */
export function unlinkDevice(
  world: World,
  account: Account,
  deviceId: number,
  own = false,
): boolean {
  const device = account.devices.get(deviceId);
  if (device === undefined || deviceId === 0) return false;
  account.devices.delete(deviceId);
  const conn = device.conn;
  if (own) world.timers.after(OWN_LOGOUT_CLOSE_MS, () => conn?.close());
  else {
    conn?.end(
      node("stream:error", { code: "401" }, [node("conflict", { type: "device_removed" })]),
    );
  }
  notifyDevices(world, account, "remove", device);
  world.events.append("device_unlinked", account.pn, { device: deviceId, own });
  world.changed();
  return true;
}
