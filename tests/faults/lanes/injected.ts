/** One fault as it really happened, for the report and the measurement. */
export type Injected = {
  lane: string;
  /** `K5`, `kill`, `stop`, `redis_flush`, ... */
  what: string;
  /** False: the named place was not passed in time, and the process was killed from outside. */
  reached: boolean;
  /** When the process died, or the stopped one could go on, or the service went away. */
  at: number;
  /** Whose service has to come back. */
  hits: { accounts: readonly string[]; api?: number };
  /** Another fault was to follow before anybody could be served (crash during recovery). */
  chained: boolean;
  /** Taken over by a waiting process after the lease ran out: measured apart. */
  takeover: boolean;
};

export type LaneLog = {
  injected(fault: Injected): void;
  /** A process ended by itself, without anybody killing it. */
  unexpected(lane: string, detail: string): void;
};
