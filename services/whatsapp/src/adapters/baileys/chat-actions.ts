import type { WASocket } from "@whiskeysockets/baileys";
import type { Recipient, TypingState } from "@rarity/channel-kit";
import { jidOf } from "../../domain/jid.ts";

export type ChatActions = {
  markRead(chat: Recipient, ids: string[]): Promise<void>;
  typing(chat: Recipient, state: TypingState): Promise<void>;
};

/** A person may turn read receipts off on the phone at any time; nobody tells linked devices. */
const privacyFreshMs = 60_000;

/** What a conversation shows besides messages. */
export function createChatActions(socket: WASocket, nowMs: () => number): ChatActions {
  let privacyReadAt = Number.NEGATIVE_INFINITY;
  return {
    async markRead(chat, ids) {
      const remoteJid = jidOf(chat);
      if (remoteJid === undefined || ids.length === 0) return;
      if (nowMs() - privacyReadAt > privacyFreshMs) {
        await socket.fetchPrivacySettings(true);
        privacyReadAt = nowMs();
      }
      // With receipts off the library says `read-self`: own devices learn it, the contact does not.
      await socket.readMessages(ids.map((id) => ({ remoteJid, id, fromMe: false })));
    },
    async typing(chat, state) {
      const jid = jidOf(chat);
      if (jid !== undefined) await socket.sendPresenceUpdate(state, jid);
    },
  };
}
