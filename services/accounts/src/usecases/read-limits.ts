import type { AccountLimitsReport } from "@rarity/contracts/accounts";
import { findRow, type AccountKey } from "./find-account.ts";
import type { AccountsDeps } from "./ports.ts";

/** The caps as they are enforced, and when the next message may go. */
export const readLimits = async (
  deps: AccountsDeps,
  key: AccountKey,
): Promise<AccountLimitsReport> => {
  await findRow(deps, key);
  const windows = (await deps.store.windows(key.orgId, key.id)).map((window) => ({
    name: window.name,
    cap: window.cap,
    used: window.used,
    remaining: window.cap === null ? null : Math.max(0, window.cap - window.used),
    resetsAt: window.resetsAt?.toISOString() ?? null,
  }));
  const blocking = windows
    .filter((window) => window.remaining === 0 && window.name !== "strangersPerDay")
    .flatMap((window) => window.resetsAt ?? []);
  return { accountId: key.id, windows, nextSlotAt: blocking.sort().at(-1) ?? null };
};
