/** Work of one key runs in order; different keys do not wait for each other. */
export type SerialQueue = {
  run(key: string, work: () => Promise<void>): void;
  idle(): Promise<void>;
};

export function createSerialQueue(onError: (error: unknown) => void): SerialQueue {
  const tails = new Map<string, Promise<void>>();
  return {
    run(key, work) {
      const tail = (tails.get(key) ?? Promise.resolve()).then(work).catch(onError);
      tails.set(key, tail);
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
