import type { Finding } from "../api/conditions.ts";
import type { Account } from "../api/account-kinds.ts";

export const defaultHibernateAfterSeconds = 900;
const wakeAheadMs = 20_000;
const scaleDownAfterMs = 60_000;

export interface Depth {
  ready: number;
  waiting: number;
  nextDueAt: Date | undefined;
}

/** A reading of the queue. A source that does not answer is unknown, never zero. */
export type DepthReading = { ok: true; depth: Depth } | { ok: false; message: string };

export interface ScaleInput {
  account: Account;
  depth: DepthReading;
  isPairing: boolean;
  /** A logout waits for a process to carry it out. */
  isLeaving: boolean;
  lastActivityAt: Date | undefined;
  currentReplicas: number | undefined;
  now: Date;
}

export interface ScaleDecision {
  replicas: number;
  idleSince: Date | undefined;
  scaleDownSince: Date | undefined;
  finding: Finding;
  requeueAfterMs: number | undefined;
}

/** How many channel pods an account needs now, and why. */
export const decideScale = (input: ScaleInput): ScaleDecision => {
  const { spec } = input.account;
  if (spec.replicas !== undefined) {
    return held(spec.replicas, "False", "FixedReplicas", `spec.replicas asks for ${spec.replicas}`);
  }
  if (!input.depth.ok) return decideBlind(input, input.depth.message);
  return decideByDepth(input, input.depth.depth);
};

/** With the source failing nothing is stopped; a pairing request still wakes. */
const decideBlind = (input: ScaleInput, message: string): ScaleDecision => {
  const { minReplicas } = input.account.spec;
  const current = input.currentReplicas ?? Math.max(minReplicas, 1);
  const replicas = Math.max(current, minReplicas, input.isPairing || input.isLeaving ? 1 : 0);
  return {
    ...held(replicas, "Unknown", "QueueDepthUnknown", `keeping ${replicas} pod(s): ${message}`),
    idleSince: readTime(input.account.status?.idleSince),
  };
};

const decideByDepth = (input: ScaleInput, depth: Depth): ScaleDecision => {
  const { account, now } = input;
  const { spec } = account;
  const untilDueMs =
    depth.nextDueAt === undefined ? Infinity : depth.nextDueAt.getTime() - now.getTime();
  const isBusy = depth.ready > 0 || input.isPairing || input.isLeaving || untilDueMs <= wakeAheadMs;
  const idleSince = isBusy ? undefined : idleStart(input);
  const idleLeftMs = idleSince === undefined ? Infinity : idleRest(input, idleSince);
  const floor = spec.minReplicas > 0 ? spec.minReplicas : isBusy || idleLeftMs > 0 ? 1 : 0;
  const byDepth = Math.ceil(depth.ready / spec.targetQueueDepth);
  const ideal = Math.max(floor, Math.min(byDepth, spec.maxReplicas));
  const { replicas, scaleDownSince, waitMs } = stabilize(input, ideal);
  const wakeMs = replicas === 0 ? untilDueMs - wakeAheadMs : Infinity;
  const next = Math.min(
    spec.minReplicas === 0 ? Math.max(idleLeftMs, 0) || Infinity : Infinity,
    waitMs,
    wakeMs,
  );
  return {
    replicas,
    idleSince,
    scaleDownSince,
    finding: describe(replicas, depth, input),
    requeueAfterMs: Number.isFinite(next) ? Math.min(Math.max(next, 100), 3_600_000) : undefined,
  };
};

const idleStart = ({ account, lastActivityAt, now }: ScaleInput): Date => {
  const noted = readTime(account.status?.idleSince) ?? now;
  // A burst between two readings leaves its mark here only.
  return lastActivityAt !== undefined && lastActivityAt > noted ? lastActivityAt : noted;
};

const idleRest = ({ account, now }: ScaleInput, idleSince: Date): number => {
  const seconds = account.spec.hibernateAfterSeconds ?? defaultHibernateAfterSeconds;
  return idleSince.getTime() + seconds * 1000 - now.getTime();
};

/** Standbys go only after a lull; hibernation has its own, longer wait. */
const stabilize = (
  input: ScaleInput,
  ideal: number,
): { replicas: number; scaleDownSince: Date | undefined; waitMs: number } => {
  const current = Math.min(input.currentReplicas ?? ideal, input.account.spec.maxReplicas);
  if (ideal >= current || ideal === 0) {
    return { replicas: ideal, scaleDownSince: undefined, waitMs: Infinity };
  }
  const since = readTime(input.account.status?.scaleDownSince) ?? input.now;
  const waitMs = since.getTime() + scaleDownAfterMs - input.now.getTime();
  return waitMs <= 0
    ? { replicas: ideal, scaleDownSince: undefined, waitMs: Infinity }
    : { replicas: current, scaleDownSince: since, waitMs };
};

const describe = (replicas: number, depth: Depth, input: ScaleInput): Finding => {
  const queue = `${depth.ready} due now, ${depth.waiting} later`;
  if (replicas === 0) return finding("True", "Hibernated", `no pods while idle (${queue})`);
  if (input.currentReplicas === 0) return finding("True", "Woken", `woken (${queue})`);
  return finding("True", "QueueDepth", `${replicas} pod(s) wanted by queue depth`);
};

const finding = (status: Finding["status"], reason: string, message: string): Finding => ({
  type: "Scaling",
  status,
  reason,
  message,
});

const held = (
  replicas: number,
  status: Finding["status"],
  reason: string,
  message: string,
): ScaleDecision => ({
  replicas,
  idleSince: undefined,
  scaleDownSince: undefined,
  finding: finding(status, reason, message),
  requeueAfterMs: undefined,
});

const readTime = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);
