/** The parts of a coordination.k8s.io/v1 Lease that an election is about. */
export interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** A lease as it was last seen, and since when it has looked like that: by the clock of this machine. */
export interface ObservedLease {
  spec: LeaseSpec;
  resourceVersion: string;
  sinceMs: number;
}

export type LeaseStep = "create" | "take" | "renew" | "wait";

/**
 * What a candidate may do now. A lease has run out when it has not changed for its own duration
 * here; the times written in it come from another machine's clock and decide nothing.
 */
export const nextLeaseStep = (
  lease: ObservedLease | undefined,
  { identity, nowMs }: { identity: string; nowMs: number },
): LeaseStep => {
  if (lease === undefined) return "create";
  const { holderIdentity, leaseDurationSeconds = 15 } = lease.spec;
  if (holderIdentity === identity) return "renew";
  // Released by its holder.
  if (holderIdentity == null || holderIdentity === "") return "take";
  return nowMs - lease.sinceMs >= leaseDurationSeconds * 1000 ? "take" : "wait";
};

/** The lease as its holder writes it. */
export const heldLease = (
  before: LeaseSpec | undefined,
  { identity, durationSeconds, now }: { identity: string; durationSeconds: number; now: Date },
): LeaseSpec => {
  const isSame = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: durationSeconds,
    acquireTime: isSame && before.acquireTime !== undefined ? before.acquireTime : microTime(now),
    renewTime: microTime(now),
    leaseTransitions: before === undefined || isSame ? transitions : transitions + 1,
  };
};

/** The lease as a holder that stops leaves it: anyone may take it at once. */
export const releasedLease = (before: LeaseSpec, now: Date): LeaseSpec => ({
  ...before,
  holderIdentity: "",
  leaseDurationSeconds: 1,
  renewTime: microTime(now),
});

/** The server refuses a MicroTime without six digits. */
export const microTime = (time: Date): string => time.toISOString().replace(/Z$/, "000Z");
