import type { Tx } from "@rarity/platform/postgres";
import { z } from "zod";

const answer = z.object({ done: z.boolean() });

/** Stores the wish; true when there is no session, so that nothing has to be waited for. */
export const requestLogout = async (tx: Tx, id: string, reason: string): Promise<boolean> => {
  const { rows } = await tx.query<{ answer: unknown }>(
    "select channels.request_logout($1, $2) as answer",
    [id, reason],
  );
  return answer.parse(rows[0]?.answer).done;
};
