export type Reading<T> =
  | { ok: true; value: T; at: Date }
  /** `since`: when the first of the failures in a row was seen. */
  | { ok: false; message: string; since: Date };

export interface SourceDeps<T> {
  read: () => Promise<T>;
  intervalMs: number;
  /** Another value than last time, or another failure. */
  onReading: () => void;
  now?: () => Date;
}

export interface Source<T> {
  /** Undefined until the first answer or failure. */
  latest(): Reading<T> | undefined;
  stop(): Promise<void>;
}

/** Reads again and again, one read at a time. A failed read is a reading too: never zero, never old. */
export const startSource = <T>(deps: SourceDeps<T>): Source<T> => {
  const { now = () => new Date() } = deps;
  let latest: Reading<T> | undefined;
  let isStopped = false;
  let wake = (): void => undefined;

  const readOnce = async (): Promise<void> => {
    const before = latest;
    try {
      latest = { ok: true, value: await deps.read(), at: now() };
    } catch (error) {
      const message = error instanceof Error ? error.message : "failed";
      latest = { ok: false, message, since: before?.ok === false ? before.since : now() };
    }
    if (!isStopped && !isSame(before, latest)) deps.onReading();
  };
  const pause = async (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, deps.intervalMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    for (;;) {
      await readOnce();
      if (isStopped) return;
      await pause();
      if (isStopped) return;
    }
  };
  const running = run();
  return {
    latest: () => latest,
    stop: async () => {
      isStopped = true;
      wake();
      await running;
    },
  };
};

const isSame = <T>(before: Reading<T> | undefined, now: Reading<T>): boolean =>
  before?.ok === true && now.ok
    ? before.value === now.value
    : before?.ok === false && !now.ok && before.message === now.message;
