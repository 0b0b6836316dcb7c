import { setTimeout as delay } from "node:timers/promises";
import type { ClosedReason, DriverContext } from "@rarity/channel-kit";
import { backoffDelayMs, reconnectBackoff } from "../domain/backoff.ts";
import { decideDisconnect } from "../domain/disconnect.ts";
import type { DisconnectAction } from "../domain/disconnect.ts";
import type {
  Connection,
  ConnectionEvents,
  OpenSession,
  PairingBoard,
  PairingMethod,
} from "./ports.ts";

export type RunDeps = {
  ctx: DriverContext;
  openSession: OpenSession;
  board: PairingBoard;
  random(): number;
  signal: AbortSignal;
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
        ? { do: "stop", reason: "fenced", cause }
        : { do: "backoff", cause };
    });
    if (!(await goOn(deps, progress, action))) return;
  }
}

async function runOnce(deps: RunDeps, progress: Progress): Promise<DisconnectAction> {
  const { ctx, board, signal } = deps;
  const session = await deps.openSession();
  progress.paired = session.paired;
  const pairing = session.paired ? ({ method: "qr" } as const) : await askForPairing(deps);
  if (pairing === undefined || signal.aborted) return { do: "reconnect" };
  ctx.onState({ state: session.paired ? "connecting" : "pairing" });

  const connection = session.connect(
    pairing,
    eventsOf(deps, progress, () => connection),
  );
  const onAbort = (): void => void connection.close();
  signal.addEventListener("abort", onAbort, { once: true });
  const closed = await connection.closed;
  signal.removeEventListener("abort", onAbort);
  deps.onConnection(undefined);

  const action = fencedAction(progress) ?? decideDisconnect(closed);
  ctx.logger.info({ code: closed.code, action: action.do, paired: closed.paired }, "socket closed");
  if (action.do === "forget") await session.destroy();
  if (!session.paired && action.do !== "reconnect") {
    await board.finish(action.do === "pair_again" ? "expired" : "failed");
  }
  return action;
}

/** A closed socket says nothing when it was our own doing, after keys could not be committed. */
function fencedAction({ fenced }: Progress): DisconnectAction | undefined {
  return fenced === undefined ? undefined : { do: "stop", reason: "fenced", cause: fenced };
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
  const close = (reason: ClosedReason, detail: string): void =>
    deps.ctx.onState({ state: "closed", reason, detail });
  switch (action.do) {
    case "reconnect":
      close("restart_required", "restart_required");
      return true;
    case "yield":
      close("replaced", action.cause);
      return false;
    case "stop":
      close(action.reason, action.cause);
      return false;
    case "forget":
      close(action.reason, action.cause);
      break;
    case "pair_again":
    case "backoff":
      close("network", action.cause);
      break;
  }
  progress.failures += 1;
  await pause(backoffDelayMs(reconnectBackoff, progress.failures, deps.random), deps.signal);
  return true;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
