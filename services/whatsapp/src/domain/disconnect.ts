import type { ClosedReason } from "@rarity/channel-kit";

/** What a closed socket means. Codes are numbers: the library's own list misses 402, 405, 406, 429. */
export type DisconnectAction =
  | { do: "reconnect" }
  | { do: "backoff"; cause: string }
  /** A human or a release has to act; connecting again would make it worse. */
  | { do: "stop"; reason: ClosedReason; cause: string }
  /** The credentials are worthless: delete them, then offer a new pairing. */
  | { do: "forget"; reason: ClosedReason; cause: string }
  /** Another socket took the session. The lease decides, never this process. */
  | { do: "yield"; cause: string }
  /** Pairing ended without a phone: same keys are fine, a new round is needed. */
  | { do: "pair_again"; cause: string };

export type Disconnect = {
  code: number | undefined;
  /** Credentials carry a signed account, that is, a phone accepted this device once. */
  paired: boolean;
  /** What the server answered instead of a WebSocket. Not an answer about the account. */
  upgradeStatus?: number;
  /** The phone's signature over this device did not verify. */
  badSignature?: boolean;
};

const whenPaired: ReadonlyMap<number, DisconnectAction> = new Map<number, DisconnectAction>([
  [401, { do: "forget", reason: "logged_out", cause: "logged_out" }],
  [402, { do: "stop", reason: "restricted", cause: "temporary_ban" }],
  [403, { do: "stop", reason: "restricted", cause: "locked" }],
  [405, { do: "stop", reason: "failed", cause: "client_outdated" }],
  [406, { do: "stop", reason: "restricted", cause: "banned" }],
  [408, { do: "backoff", cause: "timeout" }],
  [411, { do: "stop", reason: "failed", cause: "multi_device_missing" }],
  [419, { do: "forget", reason: "logged_out", cause: "logged_out" }],
  [428, { do: "backoff", cause: "connection_lost" }],
  [429, { do: "backoff", cause: "rate_limited" }],
  [440, { do: "yield", cause: "replaced" }],
  [500, { do: "backoff", cause: "server_error" }],
  [503, { do: "backoff", cause: "unavailable" }],
  [515, { do: "reconnect" }],
]);

const whenUnpaired: ReadonlyMap<number, DisconnectAction> = new Map<number, DisconnectAction>([
  // A pairing by code writes an identity before a phone agreed; the next login is refused with 401.
  [401, { do: "forget", reason: "failed", cause: "pairing_dropped" }],
  [408, { do: "pair_again", cause: "pairing_expired" }],
]);

export function decideDisconnect(disconnect: Disconnect): DisconnectAction {
  const { code, paired, upgradeStatus } = disconnect;
  if (upgradeStatus !== undefined) return { do: "backoff", cause: `upgrade_${upgradeStatus}` };
  if (code === undefined) return { do: "backoff", cause: "unknown" };
  if (!paired && disconnect.badSignature === true) {
    return { do: "forget", reason: "failed", cause: "pairing_refused" };
  }
  const special = paired ? undefined : whenUnpaired.get(code);
  return special ?? whenPaired.get(code) ?? { do: "backoff", cause: `code_${code}` };
}
