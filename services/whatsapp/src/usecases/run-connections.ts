import { setTimeout as delay } from "node:timers/promises";
import type { DriverContext, DriverState } from "@rarity/channel-kit";
import { backoffDelayMs, reconnectBackoff } from "../domain/backoff.ts";
import { decideDisconnect } from "../domain/disconnect.ts";
import type { DisconnectAction } from "../domain/disconnect.ts";
import type {
  Connection,
  ConnectionEvents,
  OpenSession,
  PairingBoard,
  PairingMethod,
  Session,
} from "./ports.ts";
import { watchWish } from "./watch-wish.ts";

export type RunDeps = {
  ctx: DriverContext;
  openSession: OpenSession;
  board: PairingBoard;
  random(): number;
  signal: AbortSignal;
  /** Read from the store: whether a phone is linked. */
  onSession(paired: boolean): void;
  /** The connection to send on, or undefined between connections. */
  onConnection(connection: Connection | undefined): void;
};

type Progress = { failures: number; paired: boolean; fenced: string | undefined };

const pairingPollMs = 2000;

/** Keeps one account connected until it is told to stop or a human has to act. */
export async function runConnections(deps: RunDeps): Promise<void> {
  const progress: Progress = { failures: 0, paired: false, fenced: undefined };
  while (!deps.signal.aborted) {
    const action = await runOnce(deps, progress).catch((error: unknown): DisconnectAction => {
      const cause = error instanceof Error ? error.name : "unknown";
      deps.ctx.logger.error({ cause }, "the session could not be opened");
      return cause === "SealBrokenError" || cause === "FencedOutError"
        ? fenced(cause)
        : { do: "backoff", cause: "session_not_opened", message: "The session could not be read." };
    });
    if (!(await goOn(deps, progress, action))) return;
  }
}

async function runOnce(deps: RunDeps, progress: Progress): Promise<DisconnectAction> {
  const { ctx, board, signal } = deps;
  const session = await deps.openSession();
  progress.paired = session.paired;
  deps.onSession(session.paired);
  const pairing = session.paired ? ({ method: "qr" } as const) : await askForPairing(deps);
  if (pairing === undefined || signal.aborted) return { do: "reconnect" };
  ctx.onState({ state: session.paired ? "connecting" : "pairing" });

  const connection = session.connect(
    pairing,
    eventsOf(deps, progress, () => connection),
  );
  const wish = session.paired ? undefined : watchWish(board, connection);
  const closed = await untilClosed(connection, signal);
  deps.onConnection(undefined);
  const isWished = await wish?.end();

  const action = fencedAction(progress) ?? (isWished ? anotherRound : decideDisconnect(closed));
  ctx.logger.info({ code: closed.code, action: action.do, paired: closed.paired }, "socket closed");
  await settle(deps, session, action);
  return action;
}

const anotherRound: DisconnectAction = { do: "reconnect" };

async function settle(deps: RunDeps, session: Session, action: DisconnectAction): Promise<void> {
  if (action.do === "forget") await forget(deps, session);
  if (!session.paired && action.do !== "reconnect") {
    await deps.board.finish(action.do === "pair_again" ? "expired" : "failed");
  }
}

async function untilClosed(connection: Connection, signal: AbortSignal) {
  const onAbort = (): void => void connection.close();
  signal.addEventListener("abort", onAbort, { once: true });
  const closed = await connection.closed;
  signal.removeEventListener("abort", onAbort);
  return closed;
}

/** Somebody has to ask for the next pairing, or the reason of the logout would be gone at once. */
async function forget({ board, onSession }: RunDeps, session: Session): Promise<void> {
  await session.destroy();
  onSession(false);
  if (session.paired) await board.close();
}

/** A closed socket says nothing when it was our own doing, after keys could not be committed. */
function fencedAction({ fenced: cause }: Progress): DisconnectAction | undefined {
  return cause === undefined ? undefined : fenced(cause);
}

function fenced(cause: string): DisconnectAction {
  const message = "This process may not use the session any more; it starts anew.";
  return { do: "stop", reason: "fenced", cause, message };
}

function eventsOf(deps: RunDeps, progress: Progress, current: () => Connection): ConnectionEvents {
  const { ctx, board } = deps;
  const show = (method: "qr" | "code") => (value: string, expiresAt: Date) => {
    ctx.onState({ state: "pairing", detail: method });
    board.show({ method, value, expiresAt }).catch(() => {
      ctx.logger.warn("the pairing code could not be shown");
    });
  };
  return {
    onQr: show("qr"),
    onCode: show("code"),
    onPaired: () => void board.finish("paired").catch(() => undefined),
    onReady(identity, displayName) {
      progress.failures = 0;
      deps.onConnection(current());
      ctx.onState({
        state: "open",
        ...(identity === undefined ? {} : { identity }),
        ...(displayName === undefined ? {} : { displayName }),
      });
    },
    onReceipts: (receipts) => ctx.onReceipts(receipts),
    async onInbound(item) {
      await ctx.onInbound([item]);
    },
    onFenced(detail) {
      progress.fenced = detail;
    },
  };
}

/** Waits until somebody wants to pair; an open offer that nobody scans is not renewed for ever. */
async function askForPairing(deps: RunDeps): Promise<PairingMethod | undefined> {
  while (!deps.signal.aborted) {
    const wanted = await deps.board.wanted();
    if (wanted !== undefined) return wanted;
    await pause(pairingPollMs, deps.signal);
  }
  return undefined;
}

/** True: connect again. */
async function goOn(deps: RunDeps, progress: Progress, action: DisconnectAction): Promise<boolean> {
  if (deps.signal.aborted) return false;
  if (action.do === "reconnect") {
    deps.ctx.onState({ state: "closed", reason: "restart_required", cause: "restart_required" });
    return true;
  }
  deps.ctx.onState(closedState(action));
  if (action.do === "yield" || action.do === "stop") return false;
  progress.failures += 1;
  await pause(backoffDelayMs(reconnectBackoff, progress.failures, deps.random), deps.signal);
  return true;
}

function closedState(action: Exclude<DisconnectAction, { do: "reconnect" }>): DriverState {
  const { cause, message } = action;
  const said = { state: "closed", cause, message } as const;
  switch (action.do) {
    case "yield":
      return { ...said, reason: "replaced" };
    case "stop": {
      const { reason, retryAfterMs } = action;
      return { ...said, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    case "forget":
      return { ...said, reason: action.reason };
    case "pair_again":
      return { ...said, reason: "pairing_failed" };
    case "backoff":
      return { ...said, reason: "network" };
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
