import { node } from "../node.ts";
import type { AccountIq } from "./context.ts";

/** Where media goes: clients always use https for it. */
export function answerMediaConnection({ world, reply }: AccountIq): boolean {
  const host = node("host", { hostname: world.mediaHost, maxContentLengthBytes: "104857600" });
  const attrs = {
    auth: "sandbox-auth",
    ttl: "300",
    auth_ttl: "21600",
    max_buckets: "12",
    max_manual_retry: "3",
  };
  reply([node("media_conn", attrs, [host])]);
  return true;
}
