import type { Conversation } from "@rarity/contracts/conversations";
import type { ControlCommand } from "@rarity/contracts/queue";
import type { Caller } from "./ports.ts";

interface ReadMark {
  readonly unreadCount: number;
  readonly readSeq: number;
  readonly providerMessageIds: string[];
}

export interface AttendDeps {
  readonly findConversation: (orgId: string, id: string) => Promise<Conversation | undefined>;
  readonly markRead: (
    orgId: string,
    input: { conversationId: string; upToSeq: number | undefined },
  ) => Promise<ReadMark>;
  readonly control: (accountId: string, command: ControlCommand) => void;
  readonly onChanged: () => void;
}

export type TypingState = "composing" | "recording" | "paused";

/** Read here, and told to the person's phone. Undefined when there is no such conversation. */
export async function markRead(
  deps: AttendDeps,
  caller: Caller,
  input: { conversationId: string; upToSeq: number | undefined },
): Promise<{ id: string; unreadCount: number; readSeq: number } | undefined> {
  const conversation = await deps.findConversation(caller.orgId, input.conversationId);
  if (conversation === undefined) return undefined;
  const mark = await deps.markRead(caller.orgId, { ...input, conversationId: conversation.id });
  deps.onChanged();
  if (mark.providerMessageIds.length > 0) {
    deps.control(conversation.accountId, {
      type: "mark_read",
      chat: chatOf(conversation),
      providerMessageIds: mark.providerMessageIds,
    });
  }
  return { id: conversation.id, unreadCount: mark.unreadCount, readSeq: mark.readSeq };
}

export async function showTyping(
  deps: AttendDeps,
  caller: Caller,
  input: { conversationId: string; state: TypingState },
): Promise<boolean> {
  const conversation = await deps.findConversation(caller.orgId, input.conversationId);
  if (conversation === undefined) return false;
  const { state } = input;
  deps.control(conversation.accountId, { type: "typing", chat: chatOf(conversation), state });
  return true;
}

function chatOf({ recipient }: Conversation): { kind: string; value: string } {
  return { kind: recipient.kind, value: recipient.value };
}
