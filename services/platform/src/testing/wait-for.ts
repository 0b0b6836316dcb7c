/** Asks until the answer is truthy; waiting for a condition instead of sleeping. */
export const waitFor = async <T>(
  ask: () => T | Promise<T>,
  { timeoutMs = 10_000, what = "a condition" }: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<Exclude<T, false>>> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined && answer !== null) {
      return answer as NonNullable<Exclude<T, false>>;
    }
    if (performance.now() > deadline) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
