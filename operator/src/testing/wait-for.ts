/** Polls until the condition holds; the last failure is the error when it never does. */
export const waitFor = async <T>(
  check: () => T | undefined | Promise<T | undefined>,
  { timeoutMs = 50_000, intervalMs = 20 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  throw new Error(`not so within ${timeoutMs} ms`, { cause: last });
};
