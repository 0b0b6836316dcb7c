import { AppError, isErrorCode } from "@rarity/platform/errors";
import type { MessageCommands, MessageState } from "../../usecases/message-commands.ts";
import { inTenant, type Database } from "./database.ts";

type Answer =
  ({ ok?: true } & MessageState) | { ok: false; code: string; message?: string; status?: string };

/** A discarded letter answers with its message, which stays failed. */
const discardSql = `select d.result || coalesce((
    select jsonb_build_object('id', m.id, 'status', m.status)
    from messaging.dead_letter l join messaging.message m on m.org_id = l.org_id and m.id = l.message_id
    where l.id = $1), '{}') as result
  from messaging.discard_dead_letter($1, $2) as d (result)`;

/** The decisions are functions of the database, because they race with claims and receipts. */
export function createMessageCommands(
  db: Database,
  options: { readonly onChanged: () => void },
): MessageCommands {
  const call = async (
    orgId: string,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<MessageState> => {
    const answer = await inTenant(db, orgId, async (tx) => {
      const { rows } = await tx.query<{ result: Answer | null }>(sql, [...parameters]);
      return rows[0]?.result ?? null;
    });
    const state = stateOrThrow(answer);
    options.onChanged();
    return state;
  };
  return {
    cancel: ({ orgId }, id) => call(orgId, "select messaging.cancel_message($1) as result", [id]),
    resolve: ({ orgId, userId }, id, { decision, note }) =>
      call(orgId, "select messaging.resolve_uncertain($1, $2, $3, $4) as result", [
        id,
        decision,
        userId,
        note ?? null,
      ]),
    retryDeadLetter: ({ orgId, userId }, id) =>
      call(orgId, "select messaging.retry_dead_letter($1, $2) as result", [id, userId]),
    discardDeadLetter: ({ orgId, userId }, id) => call(orgId, discardSql, [id, userId]),
  };
}

function stateOrThrow(answer: Answer | null): MessageState {
  if (answer === null) throw new AppError("NOT_FOUND");
  if (answer.ok === false) {
    throw new AppError(isErrorCode(answer.code) ? answer.code : "CONFLICT", answer.message);
  }
  return { id: answer.id, status: answer.status };
}
