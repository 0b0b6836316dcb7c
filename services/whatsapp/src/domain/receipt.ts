import type { Receipt } from "@rarity/channel-kit";

/** The attributes of a `<receipt>` stanza, and the ids it lists. */
export type ReceiptStanza = {
  attrs: Readonly<Record<string, string | undefined>>;
  listedIds: readonly string[];
};

/**
 * Any receipt for an id of ours proves that the server took the whole stanza, a retry request
 * included. Receipts of our own other devices prove no more than that, and their reads are about
 * messages of the other side.
 */
export function receiptsOf(
  stanza: ReceiptStanza,
  fromOwnAccount: boolean,
  nowMs: number,
): Receipt[] {
  const { id, type, from, t } = stanza.attrs;
  const status = fromOwnAccount ? ownStatus(type) : statusOf(type);
  if (id === undefined || from === undefined || status === undefined) return [];
  const at = timeOf(t, nowMs);
  const device = /:(\d+)@/.exec(from)?.[1] ?? "0";
  return [...new Set([id, ...stanza.listedIds])].map((providerMessageId) => ({
    providerMessageId,
    status,
    at,
    device,
  }));
}

type Status = "server_acked" | "delivered" | "read";

const byType: ReadonlyMap<string, Status> = new Map<string, Status>([
  ["delivery", "delivered"],
  // Reached the device while its user was away.
  ["inactive", "delivered"],
  ["read", "read"],
  ["played", "read"],
  ["retry", "server_acked"],
  ["server-error", "server_acked"],
]);

function statusOf(type: string | undefined): Status | undefined {
  return type === undefined ? "delivered" : byType.get(type);
}

function ownStatus(type: string | undefined): Status | undefined {
  return type === "sender" || type === "retry" ? "server_acked" : undefined;
}

/** The server's time in seconds, unless it is missing or nonsense. */
export function timeOf(seconds: string | undefined, nowMs: number): string {
  const value = Number(seconds);
  const sane = Number.isFinite(value) && value > 1_000_000_000 && value * 1000 < nowMs + 86_400_000;
  // The provider counts whole seconds; what is said to have happened within the last two is now.
  const live = sane && Math.abs(nowMs - value * 1000) < 2_000;
  return new Date(sane && !live ? value * 1000 : nowMs).toISOString();
}
