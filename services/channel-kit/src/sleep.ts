/** Resolves after `ms` or as soon as `signal` aborts. Never rejects and leaves no timer behind. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) {
      resolve();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.min(ms, maxTimerMs));
    signal.addEventListener("abort", finish, { once: true });
  });
}

/** Above this Node fires a timer at once instead of late. */
export const maxTimerMs = 2 ** 31 - 1;
