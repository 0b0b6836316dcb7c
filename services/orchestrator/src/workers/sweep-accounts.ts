export interface SweepDeps {
  /** Marks the visit and answers whose due work nobody seems to have heard of. */
  readonly sweep: (max: number) => Promise<string[]>;
  readonly wake: (accountIds: string[]) => Promise<void>;
}

/** K1: hints again what a crash or a lost Redis made forgotten. */
export async function sweepAccounts(deps: SweepDeps, max = 1000): Promise<number> {
  const accountIds = [...new Set(await deps.sweep(max))];
  if (accountIds.length > 0) await deps.wake(accountIds);
  return accountIds.length;
}
