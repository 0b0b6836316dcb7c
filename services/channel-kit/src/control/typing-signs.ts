import type { ChannelDriver, Recipient, TypingState } from "../driver.ts";

export type TypingSigns = {
  show(chat: Recipient, state: TypingState): Promise<void>;
  /** The connection is gone, and with it every sign. */
  forget(): void;
};

const chatsMax = 200;
/** A dashboard repeats "composing" while somebody types; one that was closed says nothing more. */
const typingLastsMs = 15_000;

/** Typing signs that go out by themselves when nobody renews them. */
export function createTypingSigns(
  driver: Pick<ChannelDriver, "typing">,
  lastsMs = typingLastsMs,
): TypingSigns {
  const shown = new Map<string, NodeJS.Timeout>();
  const keyOf = (chat: Recipient): string => `${chat.kind}:${chat.value}`;
  const clear = (key: string): void => {
    clearTimeout(shown.get(key));
    shown.delete(key);
  };
  return {
    async show(chat, state) {
      const key = keyOf(chat);
      clear(key);
      if (state !== "paused" && shown.size < chatsMax) {
        const end = (): void => {
          clear(key);
          driver.typing?.(chat, "paused").catch(() => undefined);
        };
        shown.set(key, setTimeout(end, lastsMs));
      }
      await driver.typing?.(chat, state);
    },
    forget() {
      for (const key of [...shown.keys()]) clear(key);
    },
  };
}
