import type {
  ChannelDriver,
  DriverContext,
  DriverTiming,
  LogoutResult,
  OpenAttempt,
  RecoveryFinding,
} from "@rarity/channel-kit";
import type { Connection, OpenSession, PairingBoard } from "./ports.ts";
import { runConnections } from "./run-connections.ts";

export type DriverDeps = {
  /** Opens the stored session under the lease of this context. */
  sessionsFor(ctx: DriverContext): OpenSession;
  boardFor(ctx: DriverContext): PairingBoard;
  timing: DriverTiming;
  random(): number;
};

type Run = {
  ctx: DriverContext;
  stop: AbortController;
  done: Promise<void>;
  connection: Connection | undefined;
  /** Undefined until the session was read. */
  paired: boolean | undefined;
};

/** WhatsApp as a channel: one socket, and the library that speaks its protocol. */
export function createWhatsAppDriver(deps: DriverDeps): ChannelDriver {
  let run: Run | undefined;
  let starting: Promise<void> | undefined;

  const live = (): Connection => {
    if (run?.connection === undefined) throw new Error("not connected");
    return run.connection;
  };
  const connect = async (ctx: DriverContext): Promise<void> => {
    await run?.done;
    run = startRun(deps, ctx);
  };

  return {
    channel: "whatsapp",
    // The caller chooses the message id, and phones drop an id they have shown.
    class: "dedup",
    timing: deps.timing,
    connect(ctx) {
      starting = connect(ctx);
      return starting;
    },
    async send(attempt, permit) {
      const connection = run?.connection;
      if (connection === undefined) {
        return { outcome: "absent", reason: "not_connected", evidence: { connected: false } };
      }
      return connection.send(attempt, permit);
    },
    recover: (open) => Promise.resolve(open.map((attempt) => finding(run?.connection, attempt))),
    async stop(reason) {
      if (reason === "lease_lost") run?.connection?.terminate();
      run?.stop.abort();
      await run?.done;
    },
    // Async, so that "not connected" is a rejection and never a throw.
    markRead: async (chat, ids) => live().markRead(chat, ids),
    typing: async (chat, state) => live().typing(chat, state),
    async logout({ force }) {
      await starting;
      if (run === undefined) return "not_connected";
      const result = await leave(deps, run, force);
      if (result !== "not_connected" && !run.ctx.signal.aborted) run = startRun(deps, run.ctx);
      return result;
    },
  };
}

function startRun(deps: DriverDeps, ctx: DriverContext): Run {
  const run: Run = {
    ctx,
    stop: new AbortController(),
    done: Promise.resolve(),
    connection: undefined,
    paired: undefined,
  };
  run.done = runConnections({
    ctx,
    openSession: deps.sessionsFor(ctx),
    board: deps.boardFor(ctx),
    random: () => deps.random(),
    signal: AbortSignal.any([ctx.signal, run.stop.signal]),
    onSession: (paired) => {
      run.paired = paired;
    },
    onConnection: (connection) => {
      run.connection = connection;
    },
  });
  return run;
}

/**
 * Told first, erased after: a crash in between leaves credentials that WhatsApp refuses with 401,
 * and the next life erases them. The other way round the phone would list a dead device.
 */
async function leave(deps: DriverDeps, run: Run, force: boolean): Promise<LogoutResult> {
  const told = run.paired !== false && ((await run.connection?.unlink()) ?? false);
  // Closed by our own request, the session may be known as unpaired by now.
  const nothingLinked = (): boolean => run.paired === false;
  if (!told && !force && !nothingLinked()) return "not_connected";
  run.stop.abort();
  await run.done;
  await eraseSession(deps, run, force);
  await deps.boardFor(run.ctx).close();
  const message = "The device was logged out. Pair it again.";
  const cause = "logout_requested";
  run.ctx.onState({ state: "closed", reason: "logged_out", cause, message });
  return told ? "unlinked" : "erased";
}

/** A session that cannot be opened any more is no reason to stay: the kit clears its rows as well. */
async function eraseSession(deps: DriverDeps, { ctx }: Run, force: boolean): Promise<void> {
  try {
    const session = await deps.sessionsFor(ctx)();
    await session.destroy();
  } catch (error) {
    if (!force) throw error;
    ctx.logger.warn({ cause: error instanceof Error ? error.name : "unknown" }, "not opened");
  }
}

/** An ack, or any receipt, that arrived since this connection began settles the question. */
function finding(connection: Connection | undefined, attempt: OpenAttempt): RecoveryFinding {
  const { messageId, attemptNo, providerToken } = attempt;
  const evidence = connection?.evidenceOf(providerToken);
  return evidence === undefined
    ? { messageId, attemptNo, found: "unknown", evidence: { source: "none" } }
    : {
        messageId,
        attemptNo,
        found: "accepted",
        providerMessageId: providerToken,
        evidence: { source: evidence.source, at: evidence.at },
      };
}
