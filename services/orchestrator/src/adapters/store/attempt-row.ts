import type { Attempt } from "@rarity/contracts/messages";
import { SendError, type AttemptState } from "@rarity/contracts/status";
import type { Tx } from "@rarity/platform/postgres";
import { isoOf, isoOrNull } from "./database.ts";

type StateLetter = "D" | "A" | "R" | "S" | "X" | "U";

const stateNames: Record<StateLetter, AttemptState> = {
  D: "dispatched",
  A: "acked",
  R: "refused",
  S: "superseded",
  X: "absent",
  U: "uncertain",
};

interface AttemptRow {
  attempt_no: number;
  state: StateLetter;
  started_at: Date;
  settled_at: Date | null;
  provider_message_id: string | null;
  error: unknown;
}

export async function readAttempts(tx: Tx, messageId: string): Promise<Attempt[]> {
  const { rows } = await tx.query<AttemptRow>(
    `select attempt_no, state, started_at, settled_at, provider_message_id, error
     from messaging.attempt where message_id = $1 order by attempt_no`,
    [messageId],
  );
  return rows.map((row) => ({
    n: row.attempt_no,
    state: stateNames[row.state],
    startedAt: isoOf(row.started_at),
    settledAt: isoOrNull(row.settled_at),
    providerMessageId: row.provider_message_id,
    error: toSendError(row.error),
  }));
}

/** Errors are written by channel processes; an odd one is shown as unknown instead of failing a read. */
export function toSendError(stored: unknown): SendError | null {
  if (stored === null || stored === undefined) return null;
  const parsed = SendError.safeParse(stored);
  if (parsed.success) return parsed.data;
  return { class: "unknown", code: "UNKNOWN", message: "The channel gave no readable reason" };
}
