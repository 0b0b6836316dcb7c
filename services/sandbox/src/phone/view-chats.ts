import type { ChatView, MessageView } from "../api/chats.ts";
import type { Account, ChatMessage } from "../model.ts";
import type { World } from "../world.ts";

/** The phone's list of chats, the one with the newest message first. */
export function viewChats(world: World, account: Account): ChatView[] {
  const chats = [...account.phone.chats].map(([peer, messages]) => {
    const last = messages.at(-1);
    return {
      peer,
      name: world.accounts.get(peer)?.name,
      unread: messages.filter(({ fromMe, read }) => !fromMe && !read).length,
      messages: messages.length,
      last: last === undefined ? undefined : viewMessage(last),
    };
  });
  return chats.sort((a, b) => (b.last?.at ?? "").localeCompare(a.last?.at ?? ""));
}

export function viewMessage({ raw, ...message }: ChatMessage): MessageView {
  return { ...message, bytes: raw.length };
}
