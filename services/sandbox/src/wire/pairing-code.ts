import { randomBytes } from "node:crypto";
import { jidDecode, type BinaryNode } from "@whiskeysockets/baileys";
import type { PendingCode, World } from "../world.ts";
import type { Connection } from "./connection.ts";
import { PairingRefused } from "./link-companion.ts";
import { attr, childBytes, node, notification, SERVER } from "./node.ts";

const FINISH_TIMEOUT_MS = 10_000;

/** The display name must look like `Browser (OS)`, else the real service refuses it too. */
const DISPLAY = /^.+ \(.+\)$/;

/** A client asks for a pairing code; undefined = refused as a bad request. */
export function acceptCompanionHello(
  world: World,
  conn: Connection,
  hello: BinaryNode,
): BinaryNode | undefined {
  const display = childBytes(hello, "companion_platform_display").toString();
  const pn = jidDecode(attr(hello, "jid"))?.user;
  if (!DISPLAY.test(display) || pn === undefined) return undefined;
  const ref = randomBytes(16);
  world.pendingCodes.set(pn, {
    conn,
    ref,
    wrapped: childBytes(hello, "link_code_pairing_wrapped_companion_ephemeral_pub"),
    noise: childBytes(hello, "companion_server_auth_key_pub"),
    onFinish: undefined,
  });
  world.events.append("code_requested", pn);
  return node("link_code_companion_reg", { stage: "companion_hello" }, [
    node("link_code_pairing_ref", {}, ref),
  ]);
}

export function acceptCompanionFinish(world: World, finish: BinaryNode): void {
  const pn = jidDecode(attr(finish, "jid"))?.user ?? "";
  const bundle = childBytes(finish, "link_code_pairing_wrapped_key_bundle");
  world.pendingCodes.get(pn)?.onFinish?.(bundle);
}

/** The phone answers the companion's hello and waits for its wrapped key bundle. */
export function sendPrimaryHello(
  world: World,
  pending: PendingCode,
  wrapped: Buffer,
  primaryIdentity: Buffer,
): Promise<Buffer> {
  const bundle = new Promise<Buffer>((resolve, reject) => {
    const cancel = world.timers.after(FINISH_TIMEOUT_MS, () =>
      reject(new PairingRefused("the client did not answer in time")),
    );
    pending.onFinish = (bytes) => {
      cancel();
      resolve(bytes);
    };
  });
  const hello = node("link_code_companion_reg", { stage: "primary_hello" }, [
    node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
    node("primary_identity_pub", {}, primaryIdentity),
    node("link_code_pairing_ref", {}, pending.ref),
  ]);
  pending.conn.send(notification("link_code_companion_reg", SERVER, [hello]));
  return bundle;
}
