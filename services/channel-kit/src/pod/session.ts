import type { DriverContext, DriverState, StopReason } from "../driver.ts";
import { createLeaseKeeper } from "../lease/lease-keeper.ts";
import type { LeaseKeeper } from "../lease/lease-keeper.ts";
import { sleep } from "../sleep.ts";
import type { AccountState } from "../store/channel-store.ts";
import { accountStateOf } from "./account-state.ts";
import { createDriverIntake } from "./driver-intake.ts";
import type { DriverIntake } from "./driver-intake.ts";
import { createLatestWriter } from "./latest-writer.ts";
import type { LatestWriter } from "./latest-writer.ts";
import { createSendingSide } from "./sending-side.ts";
import type { SendingSide } from "./sending-side.ts";
import type { GrantedLease, SessionDeps, SessionEnd } from "./session-deps.ts";

export type Session = {
  /** Something may be due. */
  poke(): void;
  /** Orderly end: what was claimed is finished first. */
  shutDown(): void;
  /** Resolves after everything of this lease has stopped. */
  readonly ended: Promise<SessionEnd>;
  leaseAgeMs(): number;
  inFlight(): number;
};

type Parts = {
  keeper: LeaseKeeper;
  sending: SendingSide;
  intake: DriverIntake;
  states: LatestWriter<AccountState>;
  /** Aborts when nothing may be written to the provider any more. */
  fence: AbortController;
  giveUp: AbortController;
};

/** Everything that happens under one lease, from the grant to the release. */
export function startSession(deps: SessionDeps, lease: GrantedLease): Session {
  const { promise: ending, resolve: end } = Promise.withResolvers<SessionEnd>();
  const parts = createParts(deps, lease, end);
  const { sending, keeper } = parts;
  const ctx = createContext(deps, parts, lease.token, createStateHandler(deps, parts, end));
  const poll = setInterval(() => sending.loop.poke(), deps.tuning.pollMs);
  deps.driver.connect(ctx).catch((err: unknown) => {
    deps.logger.error({ err }, "the channel could not be started");
    end("connect_failed");
  });
  const ended = ending.then(async (reason) => {
    clearInterval(poll);
    await endSession(deps, parts, reason);
    return reason;
  });
  return {
    poke: () => sending.loop.poke(),
    shutDown: () => end("shutdown"),
    ended,
    leaseAgeMs: () => keeper.ageMs(),
    inFlight: () => sending.loop.inFlight(),
  };
}

function createParts(
  deps: SessionDeps,
  lease: GrantedLease,
  end: (why: SessionEnd) => void,
): Parts {
  const { clock, logger, store, tuning } = deps;
  const fence = new AbortController();
  const giveUp = new AbortController();
  const keeper = createLeaseKeeper({
    grant: lease,
    askedAt: lease.askedAt,
    ttlMs: tuning.leaseTtlMs,
    renew: (token) => store.renewLease(token, tuning.leaseTtlMs),
    clock,
    onLost: (reason) => {
      // In this very turn: the next holder may be writing already.
      fence.abort();
      deps.metrics.countLeaseLoss(reason);
      logger.warn({ reason }, "the lease is lost");
      end("lease_lost");
    },
    onRenewFailed: (err) => logger.warn({ err }, "the lease could not be renewed"),
  });
  const sending = createSendingSide(deps, {
    token: lease.token,
    leaseRemainingMs: () => keeper.remainingMs(),
    fence: fence.signal,
    giveUp: giveUp.signal,
    // The database refused: ask it once more, and stop if it is true.
    onLeaseRefused: () => void keeper.reread(),
  });
  const states = createLatestWriter<AccountState>({
    write: async (state) => {
      await store.setAccountState(lease.token, state);
      // A claim looks at the stored state, so a claim before this write may have been refused.
      sending.loop.poke();
    },
    onFailed: (err) => logger.warn({ err }, "the account state was not stored yet"),
    giveUp: giveUp.signal,
    clock,
    backoff: tuning.backoff,
  });
  const intake = createDriverIntake({ store, metrics: deps.metrics });
  return { keeper, sending, intake, states, fence, giveUp };
}

function createStateHandler(
  deps: SessionDeps,
  { keeper, sending, states, fence }: Parts,
  end: (why: SessionEnd) => void,
): (state: DriverState) => void {
  let wasOpen = false;
  // Counts connections: a recovery that began on an older one must not open the gate of this one.
  let generation = 0;
  const opened = async (): Promise<void> => {
    const mine = generation;
    await sending.reconciler.start();
    if (mine === generation && !fence.signal.aborted) sending.loop.open();
  };
  const closed = async (state: Extract<DriverState, { state: "closed" }>): Promise<void> => {
    if (state.reason === "fenced") end("fenced");
    if (state.reason === "restricted" || state.reason === "failed") end("failed");
    // Another socket took our place: is it a newer holder, or somebody outside?
    if (state.reason === "replaced") end((await keeper.reread()) ? "replaced" : "lease_lost");
  };
  return (state) => {
    if (fence.signal.aborted) return;
    deps.onDriverState(state);
    states.set(accountStateOf(state, wasOpen));
    generation += 1;
    sending.loop.pause();
    sending.reconciler.pause();
    if (state.state === "open") {
      wasOpen = true;
      void opened();
    }
    if (state.state === "closed") void closed(state);
  };
}

function createContext(
  deps: SessionDeps,
  { keeper, intake, fence }: Parts,
  token: number,
  onState: (state: DriverState) => void,
): DriverContext {
  return {
    accountId: deps.accountId,
    orgId: deps.orgId,
    token,
    holder: deps.holder,
    signal: fence.signal,
    logger: deps.logger,
    media: deps.media,
    leaseHeldFor: (ms) => keeper.remainingMs() >= ms,
    onState,
    onReceipts: (receipts) => intake.onReceipts(receipts),
    onInbound: (items) => intake.onInbound(items),
    crashPoint: (name) => deps.crashPoint(name),
  };
}

/** Stops in the order that keeps evidence: no new claims, sends end, socket, storage, lease. */
async function endSession(deps: SessionDeps, parts: Parts, reason: SessionEnd): Promise<void> {
  const { sending, intake, states, keeper, fence, giveUp } = parts;
  sending.loop.close();
  sending.reconciler.pause();
  const sent = Promise.all([sending.loop.idle(), sending.reconciler.idle()]);
  if (reason === "shutdown") await atMost(deps.tuning.drainMs, sent);
  fence.abort();
  const stopped = await stopDriver(deps, stopReasonOf(reason));
  const stored = sent.then(() => Promise.all([sending.close(), intake.close(), states.idle()]));
  await atMost(deps.tuning.storeMs, stored);
  giveUp.abort();
  await stored;
  const ours = keeper.remainingMs() > 0;
  keeper.close();
  // Given back only when nothing of ours can write any more; otherwise it runs out by itself.
  if (ours && stopped) await releaseLease(deps, keeper.token);
}

async function stopDriver(deps: SessionDeps, reason: StopReason): Promise<boolean> {
  try {
    await deps.driver.stop(reason);
    return true;
  } catch (err) {
    deps.logger.error({ err }, "the channel did not stop cleanly");
    return false;
  }
}

async function releaseLease(deps: SessionDeps, token: number): Promise<void> {
  try {
    await deps.store.releaseLease(token);
  } catch (err) {
    deps.logger.warn({ err }, "the lease was not given back; it runs out by itself");
  }
}

function stopReasonOf(reason: SessionEnd): StopReason {
  switch (reason) {
    case "shutdown":
    case "lease_lost":
    case "replaced":
      return reason;
    case "fenced":
    case "failed":
    case "connect_failed":
      return "reconnect";
  }
}

/** Waits for the work, but no longer than `ms`. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, sleep(ms, done.signal)]);
  done.abort();
}
