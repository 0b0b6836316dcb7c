import { AppError } from "@rarity/platform/errors";
import { inTenant, type Database } from "./database.ts";

export interface ReadMark {
  readonly unreadCount: number;
  readonly readSeq: number;
  readonly providerMessageIds: string[];
}

/** Marks a conversation read and names the inbound messages the channel should acknowledge. */
export async function markConversationRead(
  db: Database,
  orgId: string,
  input: { conversationId: string; upToSeq: number | undefined },
): Promise<ReadMark> {
  const answer = await inTenant(db, orgId, async (tx) => {
    const { rows } = await tx.query<{ result: ReadMark & { ok: boolean } }>(
      "select messaging.mark_conversation_read($1, $2) as result",
      [input.conversationId, input.upToSeq ?? null],
    );
    return rows[0]?.result;
  });
  if (!answer?.ok) throw new AppError("NOT_FOUND", "There is no such conversation");
  return answer;
}
