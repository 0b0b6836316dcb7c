export type IdleWaiters = {
  /** Resolves when it is idle. */
  wait(): Promise<void>;
  /** To be called whenever it may have become idle. */
  wake(): void;
};

export function createIdleWaiters(isIdle: () => boolean): IdleWaiters {
  const waiters: (() => void)[] = [];
  return {
    wait: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    wake: () => {
      if (isIdle()) for (const resolve of waiters.splice(0)) resolve();
    },
  };
}
