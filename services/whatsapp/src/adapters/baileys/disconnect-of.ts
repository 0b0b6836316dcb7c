import type { Disconnect } from "../../domain/disconnect.ts";
import { ProxyError } from "../proxy/proxy-error.ts";
import { SocketEndError } from "./socket-parts.ts";

/** The library reports every close as an error with an HTTP-like status in `output`. */
export function disconnectOf(error: unknown, paired: boolean): Disconnect {
  const code = statusCodeOf(error);
  const badSignature =
    error instanceof Error && error.message.includes("Invalid account signature");
  const upgradeStatus = error instanceof SocketEndError ? error.upgradeStatus : undefined;
  return {
    code,
    paired,
    badSignature,
    ...(upgradeStatus === undefined ? {} : { upgradeStatus }),
    ...proxyOf(error),
    ...(code === 402 ? { ban: banOf(error) } : {}),
  };
}

const seconds = /^\d{1,9}$/;

/** The attributes of `<failure reason=402>`, which the library hands on as `data`. */
function banOf(error: unknown): NonNullable<Disconnect["ban"]> {
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : {};
  const { code, expire } = (data ?? {}) as { code?: unknown; expire?: unknown };
  return {
    ...(typeof code === "string" && /^\d{1,6}$/.test(code) ? { code } : {}),
    ...(typeof expire === "string" && seconds.test(expire) ? { expireS: Number(expire) } : {}),
  };
}

/** The library keeps what the socket said as `data` of its own error. */
function proxyOf(error: unknown): Pick<Disconnect, "proxy"> {
  const cause = typeof error === "object" && error !== null && "data" in error ? error.data : error;
  return cause instanceof ProxyError ? { proxy: cause.failure } : {};
}

function statusCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("output" in error)) return undefined;
  const { output } = error;
  if (typeof output !== "object" || output === null || !("statusCode" in output)) return undefined;
  return typeof output.statusCode === "number" ? output.statusCode : undefined;
}
