import type { CrashPoint } from "@rarity/platform/crash-point";
import type { Logger } from "pino";
import type { BackoffPolicy } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { ChannelDriver, DriverState } from "../driver.ts";
import type { Pacer } from "../drain/pacer.ts";
import type { MediaStore } from "@rarity/platform/media";
import type { KitMetrics } from "../metrics.ts";
import type { ChannelStore, LeaseAnswer } from "../store/channel-store.ts";
import { outageBackoff } from "../store/outlast-outage.ts";

export type PodTuning = {
  /** Renewed at a third of it. A waiting process takes over at most this long after its holder stopped. */
  leaseTtlMs: number;
  pollMs: number;
  concurrency: number;
  /** Grace for sends in flight after SIGTERM. */
  drainMs: number;
  /** Grace for storing what is known when a session ends; recovery finds the rest. */
  storeMs: number;
  /** First pause after another socket replaced ours; doubles up to 15 minutes. */
  replacedPauseMs: number;
  /** Between two sessions, when the former ended badly. */
  backoff: BackoffPolicy;
  /** Between two questions to a database that is away. */
  storeBackoff: BackoffPolicy;
  /** How long a logout waits for the provider before the session is erased without telling it. */
  logoutPatienceMs: number;
};

export const defaultTuning: PodTuning = {
  leaseTtlMs: 12_000,
  pollMs: 5_000,
  concurrency: 64,
  drainMs: 15_000,
  storeMs: 5_000,
  replacedPauseMs: 60_000,
  backoff: { baseMs: 200, maxMs: 5_000 },
  storeBackoff: outageBackoff,
  logoutPatienceMs: 10 * 60_000,
};

export type SessionDeps = {
  accountId: string;
  orgId: string;
  holder: string;
  driver: ChannelDriver;
  store: ChannelStore;
  media: MediaStore;
  pacer: Pacer;
  tuning: PodTuning;
  metrics: KitMetrics;
  clock: Clock;
  crashPoint: CrashPoint;
  logger: Logger;
  naive: boolean;
  onDriverState(state: DriverState): void;
  onAck(): void;
};

export type GrantedLease = Extract<LeaseAnswer, { ok: true }> & { askedAt: number };

/** Why a session (one lease) ended. */
export type SessionEnd =
  "shutdown" | "lease_lost" | "replaced" | "fenced" | "failed" | "connect_failed";
