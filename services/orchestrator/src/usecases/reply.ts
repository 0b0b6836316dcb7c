import type { Conversation, ReplyBody } from "@rarity/contracts/conversations";
import type { SendMessageBody } from "@rarity/contracts/messages";
import type { Accepted, Caller, SendDeps } from "./ports.ts";
import { sendMessage } from "./send-message.ts";

export interface ReplyDeps {
  readonly send: SendDeps;
  readonly findConversation: (orgId: string, id: string) => Promise<Conversation | undefined>;
}

export interface ReplyInput {
  readonly caller: Caller;
  readonly conversationId: string;
  readonly body: ReplyBody;
  readonly idempotencyKey: string | undefined;
}

/** A person answers a person: same account, same address, before every campaign message. */
export async function replyTo(
  deps: ReplyDeps,
  { caller, conversationId, body, idempotencyKey }: ReplyInput,
): Promise<Accepted> {
  const conversation = await deps.findConversation(caller.orgId, conversationId);
  if (conversation === undefined) {
    const message = "There is no such conversation";
    return { ok: false, code: "NOT_FOUND", message, details: {} };
  }
  const { channel, accountId, recipient } = conversation;
  const send: SendMessageBody = {
    ...body,
    to: { identity: { channel, kind: recipient.kind, value: recipient.value } },
    channels: [channel],
    accountId,
    priority: "reply",
  };
  // The key belongs to this conversation's replies: the same key elsewhere is another message.
  const route = `reply:${conversation.id}`;
  return sendMessage(deps.send, { caller, body: send, route, idempotencyKey });
}
