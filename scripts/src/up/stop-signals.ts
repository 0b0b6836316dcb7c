const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Aborts on the first Ctrl-C, SIGTERM or closed terminal; calls `again` on the next, for a person who
 * does not want to wait.
 */
export const onStopSignal = (first: () => void, again: () => void): AbortSignal => {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) {
      again();
      return;
    }
    first();
    controller.abort(new Error("stopped"));
  };
  for (const signal of signals) process.on(signal, stop);
  return controller.signal;
};

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    // Nothing else may hold the process open while all its children run.
    const open = setInterval(() => undefined, 3_600_000);
    signal.addEventListener("abort", () => {
      clearInterval(open);
      resolve();
    });
  });
