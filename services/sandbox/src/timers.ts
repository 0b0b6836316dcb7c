/** Owns every timer of one sandbox, so that closing it leaves nothing behind. */
export type Timers = {
  /**
   * Runs `task` once after `delayMs`; returns a function that cancels it. `onClose` runs instead
   * when the sandbox closes first.
   */
  after(delayMs: number, task: () => void, onClose?: () => void): () => void;
  closeAll(): void;
};

export function createTimers(): Timers {
  const running = new Map<NodeJS.Timeout, () => void>();
  const start = (delayMs: number, task: () => void, onClose: () => void): (() => void) => {
    const timer = setTimeout(() => {
      running.delete(timer);
      task();
    }, delayMs);
    running.set(timer, onClose);
    return () => {
      clearTimeout(timer);
      running.delete(timer);
    };
  };
  return {
    after: (delayMs, task, onClose = () => undefined) => start(delayMs, task, onClose),
    closeAll: () => {
      for (const [timer, onClose] of running) {
        clearTimeout(timer);
        onClose();
      }
      running.clear();
    },
  };
}
