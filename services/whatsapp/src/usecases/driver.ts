import type {
  ChannelDriver,
  DriverContext,
  DriverTiming,
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

type Run = { stop: AbortController; done: Promise<void>; connection: Connection | undefined };

/** WhatsApp as a channel: one socket, and the library that speaks its protocol. */
export function createWhatsAppDriver(deps: DriverDeps): ChannelDriver {
  let run: Run | undefined;

  const live = (): Connection => {
    if (run?.connection === undefined) throw new Error("not connected");
    return run.connection;
  };

  return {
    channel: "whatsapp",
    // The caller chooses the message id, and phones drop an id they have shown.
    class: "dedup",
    timing: deps.timing,
    async connect(ctx) {
      await run?.done;
      const started: Run = {
        stop: new AbortController(),
        done: Promise.resolve(),
        connection: undefined,
      };
      const signal = AbortSignal.any([ctx.signal, started.stop.signal]);
      started.done = runConnections({
        ctx,
        openSession: deps.sessionsFor(ctx),
        board: deps.boardFor(ctx),
        random: () => deps.random(),
        signal,
        onConnection: (connection) => {
          started.connection = connection;
        },
      });
      run = started;
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
    markRead: (chat, ids) => live().markRead(chat, ids),
    typing: (chat, durationMs) => live().typing(chat, durationMs),
  };
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
