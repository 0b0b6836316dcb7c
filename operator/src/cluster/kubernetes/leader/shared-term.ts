/**
 * What the thread that holds the lease and the thread that works with it tell each other without
 * waiting for one another: until when the lease is held, and when the worker was last seen alive.
 * Times are of the machine's monotonic clock, the same in every thread, and go on while a process is
 * stopped.
 */
export interface SharedTerm {
  readonly memory: SharedArrayBuffer;
  setHeldUntil(ms: number): void;
  isHeld(): boolean;
  beat(): void;
  sinceBeatMs(): number;
}

const heldUntil = 0;
const beatAt = 1;

export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

export const openSharedTerm = (memory = new SharedArrayBuffer(16)): SharedTerm => {
  const cells = new BigInt64Array(memory);
  const term: SharedTerm = {
    memory,
    setHeldUntil: (ms) => void Atomics.store(cells, heldUntil, BigInt(Math.floor(ms))),
    isHeld: () => monotonicMs() < Number(Atomics.load(cells, heldUntil)),
    beat: () => void Atomics.store(cells, beatAt, BigInt(monotonicMs())),
    sinceBeatMs: () => monotonicMs() - Number(Atomics.load(cells, beatAt)),
  };
  return term;
};
