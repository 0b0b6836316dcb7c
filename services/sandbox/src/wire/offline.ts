import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";
import { node, SERVER } from "./node.ts";

/**
 * The client went active: first what waited for it, marked as offline, then always the closing
 * `<offline>`, which clients wait for before they release any event.
 */
export function flushOffline(world: World, conn: Connection): void {
  const { account, device } = conn;
  if (account === undefined || device === undefined) return;
  const waiting = [...device.pending.values()];
  const count = (tag: string): string => String(waiting.filter((s) => s.tag === tag).length);
  if (waiting.length > 0) {
    const preview = node("offline_preview", {
      count: String(waiting.length),
      message: count("message"),
      receipt: count("receipt"),
      notification: count("notification"),
      appdata: "0",
      call: "0",
    });
    conn.send(node("ib", { from: SERVER }, [preview]));
  }
  waiting.forEach((stanza, index) =>
    conn.send({ ...stanza, attrs: { ...stanza.attrs, offline: String(index % 100) } }),
  );
  conn.send(node("ib", { from: SERVER }, [node("offline", { count: String(waiting.length) })]));
  conn.active = true;
  world.events.append("connected", account.pn, { device: device.id, waiting: waiting.length });
  if (device.historySent || !world.options.pushInitialHistory) return;
  device.historySent = true;
  world.changed();
  world.phones.companionReady(account, device.id);
}
