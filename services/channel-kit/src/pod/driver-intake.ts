import type { CrashPoint } from "@rarity/platform/crash-point";
import { groupCommitter } from "@rarity/platform/postgres";
import type { InboundItem, InboundResult, Receipt } from "../driver.ts";
import type { KitMetrics } from "../metrics.ts";
import type { ChannelStore } from "../store/channel-store.ts";

export type DriverIntake = {
  onReceipts(receipts: Receipt[]): Promise<void>;
  onInbound(items: InboundItem[]): Promise<InboundResult[]>;
  /** Resolves when everything handed over is stored or refused. */
  close(): Promise<void>;
};

/**
 * What the provider tells us, stored in groups. A failure goes back to the driver, which then does
 * not acknowledge: the provider delivers again.
 */
export function createDriverIntake(deps: {
  store: Pick<ChannelStore, "recordReceipts" | "recordInbound">;
  metrics: KitMetrics;
  crashPoint: CrashPoint;
}): DriverIntake {
  const receipts = groupCommitter<Receipt[], undefined>({
    flush: async (groups) => {
      deps.crashPoint("K8c");
      await deps.store.recordReceipts(groups.flat());
      deps.crashPoint("K8d");
      return groups.map(() => undefined);
    },
  });
  const inbound = groupCommitter<InboundItem[], InboundResult[]>({
    flush: async (groups) => {
      deps.crashPoint("K8a");
      const results = await deps.store.recordInbound(groups.flat());
      deps.crashPoint("K8b");
      let from = 0;
      return groups.map((group) => results.slice(from, (from += group.length)));
    },
  });
  return {
    onReceipts: async (items) => {
      if (items.length === 0) return;
      await receipts.submit(items);
      deps.metrics.countReceipts(items.length);
    },
    onInbound: async (items) => {
      if (items.length === 0) return [];
      const results = await inbound.submit(items);
      deps.metrics.countInbound(results.filter((result) => result.isNew).length);
      return results;
    },
    close: async () => {
      await Promise.all([receipts.close(), inbound.close()]);
    },
  };
}
