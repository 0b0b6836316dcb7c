/** Accounts that start now, with the egress address each leaves through. */
export type Starting = ReadonlyMap<string, { egress: string }>;

/** Where an account is on its way to running pods. */
export type StartState = "starting" | "waiting" | "settled";

export interface StartLimits {
  atOnceMax: number;
  perEgressMax: number;
}

export const defaultStartLimits: StartLimits = { atOnceMax: 10, perEgressMax: 3 };

/**
 * Whether one more account may start. A hundred accounts that log in at once through one address
 * look like an attack to a provider, and like a stampede to the database.
 */
export const admitStart = (
  key: string,
  egress: string,
  { starting, limits }: { starting: Starting; limits: StartLimits },
): { ok: true } | { ok: false; message: string } => {
  if (starting.has(key)) return { ok: true };
  const { atOnceMax, perEgressMax } = limits;
  const alike = [...starting.values()].filter((other) => other.egress === egress).length;
  if (starting.size < atOnceMax && alike < perEgressMax) return { ok: true };
  const way = egress === directEgress ? "without a proxy" : "through the same proxy";
  // Both limits and no counts: the status would be written each time these change.
  const message = `others are starting: at most ${atOnceMax} accounts do at once, ${perEgressMax} of them ${way}`;
  return { ok: false, message };
};

/** Without a proxy accounts leave through the address of the cluster. */
export const directEgress = "direct";
