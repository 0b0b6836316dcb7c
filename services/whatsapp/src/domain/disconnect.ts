import type { ClosedReason } from "@rarity/channel-kit";

/** What a closed socket means. Codes are numbers: the library's own list misses 402, 405, 406, 429. */
export type DisconnectAction =
  | { do: "reconnect" }
  | { do: "backoff"; cause: string; message: string }
  /** A human or a release has to act; connecting again would make it worse. */
  | Stop
  /** The credentials are worthless: delete them; a new pairing has to be asked for. */
  | { do: "forget"; reason: ClosedReason; cause: string; message: string }
  /** Another socket took the session. The lease decides, never this process. */
  | { do: "yield"; cause: string; message: string }
  /** Pairing ended without a phone: same keys are fine, a new round is needed. */
  | { do: "pair_again"; cause: string; message: string };

type Stop = {
  do: "stop";
  reason: ClosedReason;
  cause: string;
  message: string;
  /** WhatsApp named the end of the restriction. */
  retryAfterMs?: number;
};

export type Disconnect = {
  code: number | undefined;
  /** Credentials carry a signed account, that is, a phone accepted this device once. */
  paired: boolean;
  /** What the server answered instead of a WebSocket. Not an answer about the account. */
  upgradeStatus?: number;
  /** The phone's signature over this device did not verify. */
  badSignature?: boolean;
  /** From a temporary ban: why (101 to 106), and for how long. */
  ban?: { code?: string; expireS?: number };
  /** What failed at the proxy. Nothing has reached the server. */
  proxy?: "unreachable" | "silent" | "auth_refused" | "refused";
};

const stop = (reason: ClosedReason, cause: string, message: string): DisconnectAction => ({
  do: "stop",
  reason,
  cause,
  message,
});
const retry = (cause: string, message: string): DisconnectAction => ({
  do: "backoff",
  cause,
  message: `${message} It is tried again by itself.`,
});
const forget = (reason: ClosedReason, cause: string, message: string): DisconnectAction => ({
  do: "forget",
  reason,
  cause,
  message,
});

const removed = forget(
  "logged_out",
  "device_removed",
  "The phone removed this device. Pair it again.",
);

const whenPaired: ReadonlyMap<number, DisconnectAction> = new Map<number, DisconnectAction>([
  [401, removed],
  [
    403,
    stop("restricted", "locked", "WhatsApp has locked this account. Open WhatsApp on the phone."),
  ],
  [
    405,
    stop("failed", "client_outdated", "WhatsApp refuses this client version. Update Rarity Leads."),
  ],
  [
    406,
    stop("restricted", "banned", "WhatsApp has banned this account, or it moved to another phone."),
  ],
  [408, retry("timeout", "WhatsApp did not answer.")],
  [
    411,
    stop("failed", "multi_device_missing", "The phone's WhatsApp is too old for linked devices."),
  ],
  [419, removed],
  [428, retry("connection_lost", "The connection broke.")],
  [429, retry("rate_limited", "WhatsApp asked us to slow down.")],
  [
    440,
    {
      do: "yield",
      cause: "replaced",
      message: "Another program uses this session. It is tried again after a pause.",
    },
  ],
  [500, retry("server_error", "WhatsApp had an internal error.")],
  [503, retry("unavailable", "WhatsApp is not available.")],
  [515, { do: "reconnect" }],
]);

const whenUnpaired: ReadonlyMap<number, DisconnectAction> = new Map<number, DisconnectAction>([
  // A pairing by code writes an identity before a phone agreed; the next login is refused with 401.
  [
    401,
    forget("pairing_failed", "pairing_dropped", "The pairing was not finished. Start it again."),
  ],
  [408, { do: "pair_again", cause: "pairing_expired", message: "Nobody linked a phone in time." }],
]);

const proxyMessages: Record<NonNullable<Disconnect["proxy"]>, string> = {
  unreachable: "The proxy of this account cannot be reached; nothing goes past it.",
  silent: "The proxy of this account does not answer; nothing goes past it.",
  auth_refused: "The proxy of this account refuses the user name or the password.",
  refused: "The proxy of this account refuses to connect to WhatsApp.",
};

/** The connection ended before WhatsApp said anything about the account. */
function beforeTheServer({ proxy, upgradeStatus }: Disconnect): DisconnectAction | undefined {
  if (proxy !== undefined) return retry(`proxy_${proxy}`, proxyMessages[proxy]);
  if (upgradeStatus === undefined) return undefined;
  const message = `WhatsApp refused the connection with HTTP ${upgradeStatus}.`;
  return retry(`upgrade_${upgradeStatus}`, message);
}

export function decideDisconnect(disconnect: Disconnect): DisconnectAction {
  const { code, paired } = disconnect;
  const unreached = beforeTheServer(disconnect);
  if (unreached !== undefined) return unreached;
  if (code === undefined) return retry("unknown", "The connection ended.");
  if (code === 402) return temporaryBan(disconnect.ban);
  if (!paired && disconnect.badSignature === true) {
    return forget("pairing_failed", "pairing_refused", "The phone's signature did not verify.");
  }
  const special = paired ? undefined : whenUnpaired.get(code);
  return (
    special ??
    whenPaired.get(code) ??
    retry(`code_${code}`, `WhatsApp ended the connection (${code}).`)
  );
}

/** The names whatsmeow gives to WhatsApp's numbers; another number has no name. */
const banReasons: ReadonlyMap<string, string> = new Map([
  ["101", "too many messages to people who do not know this number"],
  ["102", "people blocked this number too often"],
  ["103", "too many new groups with people who do not know this number"],
  ["104", "the same message to too many people"],
  ["106", "too many messages to broadcast lists"],
]);

function temporaryBan(ban: Disconnect["ban"]): Stop {
  const why = banReasons.get(ban?.code ?? "");
  const because = why === undefined ? "" : `: ${why}`;
  const code = ban?.code === undefined ? "" : ` (code ${ban.code})`;
  const base: Stop = {
    do: "stop",
    reason: "restricted",
    cause: "temporary_ban",
    message: `WhatsApp has banned this account for a while${because}${code}.`,
  };
  if (ban?.expireS === undefined) return base;
  return {
    ...base,
    message: `${base.message} The ban ends in ${Math.ceil(ban.expireS / 60)} min.`,
    retryAfterMs: ban.expireS * 1000,
  };
}
