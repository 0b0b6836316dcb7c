/** Whether this process may write at all. Asked right before every write. */
export interface WriteGuard {
  /** Throws NotLeader when the lease may have run out. Costs nothing. */
  check(): void;
  /** Asks the server whose the lease is; throws NotLeader when it is not ours. */
  confirm(): Promise<void>;
}

/** For a process that shares its cluster with no other of its kind. */
export const noGuard: WriteGuard = {
  check: () => undefined,
  confirm: async () => Promise.resolve(),
};
