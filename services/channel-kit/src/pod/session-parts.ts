import { createControlDesk } from "../control/control-desk.ts";
import type { ControlDesk } from "../control/control-desk.ts";
import { createLogoutWatch } from "../control/logout-watch.ts";
import type { LogoutWatch } from "../control/logout-watch.ts";
import type { LogoutResult } from "../driver.ts";
import { createLeaseKeeper } from "../lease/lease-keeper.ts";
import type { LeaseKeeper } from "../lease/lease-keeper.ts";
import type { AccountState } from "../store/channel-store.ts";
import { atMost } from "./at-most.ts";
import { createDriverIntake } from "./driver-intake.ts";
import type { DriverIntake } from "./driver-intake.ts";
import { createLatestWriter } from "./latest-writer.ts";
import type { LatestWriter } from "./latest-writer.ts";
import { createSendingSide } from "./sending-side.ts";
import type { SendingSide } from "./sending-side.ts";
import type { GrantedLease, SessionDeps, SessionEnd } from "./session-deps.ts";

export type SessionParts = {
  keeper: LeaseKeeper;
  sending: SendingSide;
  intake: DriverIntake;
  states: LatestWriter<AccountState>;
  desk: ControlDesk;
  logout: LogoutWatch;
  /** Aborts when nothing may be written to the provider any more. */
  fence: AbortController;
  giveUp: AbortController;
};

/** What works under one lease; nothing of it starts by itself but the lease's own clock. */
export function createSessionParts(
  deps: SessionDeps,
  lease: GrantedLease,
  end: (why: SessionEnd) => void,
): SessionParts {
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
    onLogoutWanted: () => logout.check(),
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
    backoff: tuning.storeBackoff,
  });
  const intake = createDriverIntake({ ...deps, store, fence: fence.signal });
  const logout = createLogoutWatch({
    read: () => store.logoutWish(),
    leave: (force) => leaveProvider(deps, { sending, states }, force),
    finish: (result) => store.finishLogout(lease.token, result),
    patienceMs: tuning.logoutPatienceMs,
    logger,
  });
  const desk = createControlDesk({
    driver: deps.driver,
    onLogout: () => logout.check(),
    onChanged: () => sending.loop.poke(),
    onHandled: (type, outcome) => deps.metrics.countControl(type, outcome),
    logger,
  });
  return { keeper, sending, intake, states, fence, giveUp, desk, logout };
}

/** Claims are refused while a logout is wanted; what was claimed before gets its answer first. */
async function leaveProvider(
  deps: SessionDeps,
  { sending, states }: Pick<SessionParts, "sending" | "states">,
  force: boolean,
): Promise<LogoutResult> {
  await atMost(deps.tuning.drainMs, sending.loop.idle());
  const result = (await deps.driver.logout?.({ force })) ?? "erased";
  // What the driver said about its closing socket must not be stored after what we say.
  await states.idle();
  return result;
}
