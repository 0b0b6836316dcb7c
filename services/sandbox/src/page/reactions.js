import { call, pathOf } from "./api.js";
import { element, find } from "./dom.js";
import { attempt } from "./notices.js";
import { read, refresh } from "./store.js";

/** @typedef {import("./types.d.ts").MessageView} MessageView */

const emojis = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const GAP_PX = 6;

/**
 * The choice of reactions, beside the button that asked for it.
 * @param {HTMLElement} beside
 * @param {MessageView} message
 */
export function openReactions(beside, message) {
  const choice = find("reactions", HTMLElement);
  const react = async (/** @type {string} */ emoji) => {
    choice.hidePopover();
    beside.focus();
    const body = { to: message.peer, reaction: { emoji, targetId: message.id } };
    await attempt(() => call("POST", pathOf(read().phone ?? "", "/send"), body));
    await refresh();
  };
  const choices = [...emojis, "×"].map((emoji) => {
    const label = emoji === "×" ? "Take the reaction back" : `React with ${emoji}`;
    const made = element("button", { type: "button", "aria-label": label }, emoji);
    made.addEventListener("click", () => void react(emoji === "×" ? "" : emoji));
    return made;
  });
  choice.replaceChildren(...choices);
  choice.showPopover();
  const { top, left } = beside.getBoundingClientRect();
  const { offsetHeight, offsetWidth } = choice;
  choice.style.top = `${Math.max(GAP_PX, top - offsetHeight - GAP_PX)}px`;
  choice.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - offsetWidth - GAP_PX))}px`;
  choices[0]?.focus();
}
