import type { DriverContext, DriverState, Recipient, StopReason } from "../driver.ts";
import { accountStateOf } from "./account-state.ts";
import { atMost } from "./at-most.ts";
import type { GrantedLease, SessionDeps, SessionEnd } from "./session-deps.ts";
import { createSessionParts } from "./session-parts.ts";
import type { SessionParts } from "./session-parts.ts";

export type Session = {
  /** Something may be due. */
  poke(): void;
  /** Something arrived on the account's control channel. */
  command(payload: unknown): void;
  /** Orderly end: what was claimed is finished first. */
  shutDown(): void;
  /** Resolves after everything of this lease has stopped. */
  readonly ended: Promise<SessionEnd>;
  leaseAgeMs(): number;
  inFlight(): number;
  /** It was connected to the provider at some time. */
  wasOpen(): boolean;
  /** How long the provider asked us to stay away; 0 when it did not. */
  retryAfterMs(): number;
};

/** Everything that happens under one lease, from the grant to the release. */
export function startSession(deps: SessionDeps, lease: GrantedLease): Session {
  const { promise: ending, resolve: end } = Promise.withResolvers<SessionEnd>();
  const parts = createSessionParts(deps, lease, end);
  const { sending, keeper, desk, logout } = parts;
  let retryAfterMs = 0;
  let wasOpen = false;
  const handleState = createStateHandler(deps, parts, end);
  const ctx = createContext(deps, parts, lease.token, (state) => {
    if (state.state === "open") wasOpen = true;
    if (state.state === "closed") retryAfterMs = state.retryAfterMs ?? 0;
    handleState(state);
  });
  const poll = setInterval(() => {
    sending.loop.poke();
    logout.check();
  }, deps.tuning.pollMs);
  logout.check();
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
    command: (payload) => desk.accept(payload),
    shutDown: () => end("shutdown"),
    ended,
    leaseAgeMs: () => keeper.ageMs(),
    inFlight: () => sending.loop.inFlight(),
    wasOpen: () => wasOpen,
    retryAfterMs: () => retryAfterMs,
  };
}

function createStateHandler(
  deps: SessionDeps,
  { keeper, sending, states, fence, desk, logout }: SessionParts,
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
    desk.setConnected(state.state === "open");
    generation += 1;
    sending.loop.pause();
    sending.reconciler.pause();
    if (state.state === "open") {
      wasOpen = true;
      void opened();
      logout.check();
      if (state.identity !== undefined) void storeIdentity(deps, keeper.token, state.identity);
    }
    if (state.state === "closed") void closed(state);
  };
}

/** Decoration for people; the next connection says it again. */
async function storeIdentity(deps: SessionDeps, token: number, who: Recipient): Promise<void> {
  await deps.store.setIdentity(token, who).catch((err: unknown) => {
    deps.logger.warn({ err }, "the linked number was not stored");
  });
}

function createContext(
  deps: SessionDeps,
  { keeper, intake, fence }: SessionParts,
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
async function endSession(
  deps: SessionDeps,
  parts: SessionParts,
  reason: SessionEnd,
): Promise<void> {
  const { sending, intake, states, keeper, fence, giveUp, desk, logout } = parts;
  desk.close();
  logout.close();
  sending.loop.close();
  sending.reconciler.pause();
  const sent = Promise.all([sending.loop.idle(), sending.reconciler.idle()]);
  if (reason === "shutdown") await atMost(deps.tuning.drainMs, sent);
  fence.abort();
  const stopped = await stopDriver(deps, stopReasonOf(reason));
  const stored = sent.then(() =>
    Promise.all([sending.close(), intake.close(), states.idle(), logout.idle()]),
  );
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
