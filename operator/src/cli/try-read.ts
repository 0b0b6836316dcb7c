export interface TryRead {
  /** What was read, or what stands for it where the reader may not see it. */
  tryRead<T>(what: string, read: () => Promise<T>, fallback: T): Promise<T>;
  /** What could not be read and why: named, not guessed. */
  unread(): string[];
}

export const createTryRead = (): TryRead => {
  const unread = new Set<string>();
  return {
    tryRead: async (what, read, fallback) => {
      try {
        return await read();
      } catch (error) {
        unread.add(`${what} (${error instanceof Error ? error.message : "failed"})`);
        return fallback;
      }
    },
    unread: () => [...unread],
  };
};
