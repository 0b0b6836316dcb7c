import type { CrashPoint } from "@rarity/platform/crash-point";
import { groupCommitter } from "@rarity/platform/postgres";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { InboundItem, InboundResult, Receipt } from "../driver.ts";
import type { KitMetrics } from "../metrics.ts";
import type { ChannelStore } from "../store/channel-store.ts";
import { outlastOutage } from "../store/outlast-outage.ts";

export type DriverIntake = {
  onReceipts(receipts: Receipt[]): Promise<void>;
  onInbound(items: InboundItem[]): Promise<InboundResult[]>;
  /** Resolves when everything handed over is stored or refused. */
  close(): Promise<void>;
};

/**
 * What the provider tells us, stored in groups. While the database is away everything waits for it,
 * as long as the lease lasts; a failure goes back to the driver, which then does not acknowledge:
 * the provider delivers again.
 */
export function createDriverIntake(deps: {
  store: Pick<ChannelStore, "recordReceipts" | "recordInbound">;
  metrics: KitMetrics;
  crashPoint: CrashPoint;
  clock: Clock;
  logger: Logger;
  /** Nothing more comes in: what is not stored now is left to the provider. */
  fence: AbortSignal;
}): DriverIntake {
  const insist = <T>(what: string, store: () => Promise<T>): Promise<T> =>
    outlastOutage(store, {
      giveUp: deps.fence,
      random: () => deps.clock.random(),
      onRetry: (err, failures) => {
        // Only the first of an outage: nothing new is in the others.
        if (failures === 1) deps.logger.warn({ err, what }, "not stored yet");
      },
    });
  const receipts = groupCommitter<Receipt[], undefined>({
    flush: async (groups) => {
      deps.crashPoint("K8c");
      await insist("receipts", () => deps.store.recordReceipts(groups.flat()));
      deps.crashPoint("K8d");
      return groups.map(() => undefined);
    },
  });
  const inbound = groupCommitter<InboundItem[], InboundResult[]>({
    flush: async (groups) => {
      deps.crashPoint("K8a");
      const results = await insist("inbound", () => deps.store.recordInbound(groups.flat()));
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
