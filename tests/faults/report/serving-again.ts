import type { AttemptRow } from "../judge/evidence.ts";
import type { Injected } from "../lanes/injected.ts";

export type ServedAgain = { fault: Injected; ms: number };

export type Accepted = { api: number; at: number };

/**
 * How long whoever was hit served nobody: until a message claimed after the fault was taken by the
 * server, or until the API process that died said 202 again. Of an outage of two faults (a crash
 * during recovery) only the last one counts, unless the account was served in between.
 */
export function servingAgain(
  faults: readonly Injected[],
  attempts: readonly AttemptRow[],
  accepts: readonly Accepted[],
): ServedAgain[] {
  const served = servedTimes(attempts);
  const accepted = Map.groupBy(accepts, ({ api }) => api);
  return faults.flatMap((fault) => {
    const ends = [
      ...fault.hits.accounts.map((id) => firstAfter(served.get(id) ?? [], fault.at)),
      ...(fault.hits.api === undefined
        ? []
        : [firstAccept(accepted.get(fault.hits.api) ?? [], fault.at)]),
    ];
    if (ends.length === 0) return [];
    const end = Math.max(...ends);
    const next = fault.chained ? nextOf(fault, faults) : undefined;
    if (next?.reached === true && end > next.at) return [];
    return [{ fault, ms: end - fault.at }];
  });
}

type Served = { startedAt: number; settledAt: number };

function servedTimes(attempts: readonly AttemptRow[]): Map<string, Served[]> {
  const taken = attempts.flatMap(({ accountId, state, startedAt, settledAt }) =>
    state === "A" && settledAt !== null ? [{ accountId, startedAt, settledAt }] : [],
  );
  return Map.groupBy(taken, ({ accountId }) => accountId);
}

function firstAfter(served: readonly Served[], at: number): number {
  const later = served.filter(({ startedAt }) => startedAt > at);
  return Math.min(...later.map(({ settledAt }) => settledAt), Number.POSITIVE_INFINITY);
}

function firstAccept(accepts: readonly Accepted[], at: number): number {
  return accepts.find((one) => one.at > at)?.at ?? Number.POSITIVE_INFINITY;
}

function nextOf(fault: Injected, faults: readonly Injected[]): Injected | undefined {
  return faults
    .filter(({ lane, at }) => lane === fault.lane && at > fault.at)
    .sort((a, b) => a.at - b.at)[0];
}

/** The value that `share` of all do not exceed; 0 without any. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
