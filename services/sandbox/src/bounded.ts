/** How much a sandbox that runs for months may hold. Far beyond what any test needs. */
export const bounds = {
  phones: 5000,
  messagesPerChat: 10_000,
  /** Own messages a phone can send again. */
  outboxPerPhone: 10_000,
  /** Stanzas that wait for a phone that is off. */
  inboxPerPhone: 20_000,
  /** Stanzas kept for one linked device. */
  pendingPerDevice: 20_000,
  /** One-time keys of one device; clients upload 812. */
  preKeysPerDevice: 5000,
  patchesPerCollection: 5000,
  blockedPerAccount: 5000,
  ledgerRows: 200_000,
  wireConnections: 5000,
  streams: 100,
} as const;

/** Sets an entry and lets the oldest one fall out when there are more than `max`. */
export function setBounded<K, V>(map: Map<K, V>, key: K, value: V, max: number): V | undefined {
  map.set(key, value);
  if (map.size <= max) return undefined;
  for (const [oldest, dropped] of map) {
    map.delete(oldest);
    return dropped;
  }
  return undefined;
}
