/** One round: the three pipelines one after the other on the same servers, with as many messages each. */
export type Round = {
  /** Jobs a second of BullMQ alone. */
  bullmq: number;
  /** Messages a second of the naive pipeline. */
  naive: number;
  endToEnd: number;
  accepts: number;
  /** Microseconds of processor time a message costs, by whose it is. */
  cpuUs: Record<ProcessGroup, number>;
};

export const processGroups = ["orchestrator", "accounts", "databases", "others"] as const;
export type ProcessGroup = (typeof processGroups)[number];

/** The same for all processes of ours together. */
export const cpuOf = ({ cpuUs }: Round): number =>
  processGroups.reduce((sum, group) => sum + cpuUs[group], 0);

export type SendMetrics = {
  end_to_end_per_s: number;
  ratio_to_bullmq: number;
  ratio_to_naive: number;
  cpu_us_per_message: number;
  accepts_per_s: number;
  idle_account_rss_mb: number;
};

export type Goal = { name: string; wanted: number; measured: number; met: boolean };

/** What the project ships with. Ratios within a round, because a rate says as much about the machine. */
const wanted = { ratio_to_bullmq: 0.4, ratio_to_naive: 4 } as const;

/** The middle value; of an even number the lower of the two. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export const summarise = (rounds: readonly Round[], idleAccountMb: number): SendMetrics => {
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  return {
    end_to_end_per_s: rounded(
      middle((one) => one.endToEnd),
      0,
    ),
    ratio_to_bullmq: rounded(
      middle((one) => one.endToEnd / one.bullmq),
      2,
    ),
    ratio_to_naive: rounded(
      middle((one) => one.endToEnd / one.naive),
      2,
    ),
    cpu_us_per_message: rounded(middle(cpuOf), 0),
    accepts_per_s: rounded(
      middle((one) => one.accepts),
      0,
    ),
    idle_account_rss_mb: rounded(idleAccountMb, 0),
  };
};

export const judge = (metrics: SendMetrics): Goal[] => [
  goal("end to end / BullMQ alone", wanted.ratio_to_bullmq, metrics.ratio_to_bullmq),
  goal("end to end / naive pipeline", wanted.ratio_to_naive, metrics.ratio_to_naive),
];

const goal = (name: string, least: number, measured: number): Goal => ({
  name,
  wanted: least,
  measured,
  // A figure that is not a number meets nothing.
  met: measured >= least,
});
