import { queueDepthRoute, type AccountDepth } from "@rarity/contracts/internal";
import { handle, type Registration } from "@rarity/platform/http";

export interface QueueDepthDeps {
  readonly readQueueDepth: () => Promise<AccountDepth[]>;
  readonly now: () => Date;
}

/** One answer for every account: an autoscaler with thousands of accounts asks once. */
export function queueDepthRoutes({ readQueueDepth, now }: QueueDepthDeps): Registration[] {
  return [
    handle(queueDepthRoute, async () => {
      const accounts = await readQueueDepth();
      return { at: now().toISOString(), accounts };
    }),
  ];
}
