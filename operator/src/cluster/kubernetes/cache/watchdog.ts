/** Ends a stream that has gone silent. `isIdle` tells that from any other end. */
export interface Watchdog {
  signal: AbortSignal;
  heard(): void;
  isIdle(): boolean;
  stop(): void;
}

export const idleWatchdog = (idleMs: number, parent: AbortSignal): Watchdog => {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), idleMs);
  return {
    signal: AbortSignal.any([idle.signal, parent]),
    heard: () => void timer.refresh(),
    isIdle: () => idle.signal.aborted,
    stop: () => clearTimeout(timer),
  };
};
