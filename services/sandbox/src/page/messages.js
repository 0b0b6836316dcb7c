import { element, find, reconcile } from "./dom.js";
import { renderMedia, renderTick } from "./media.js";
import { openReactions } from "./reactions.js";
import { startQuote } from "./composer.js";
import { nameOf, read, MESSAGES_SHOWN } from "./store.js";
import { dayOf, describe, timeOf } from "./words.js";

/**
 * @typedef {import("./types.d.ts").MessageView} MessageView
 * @typedef {{ day: string } | { message: MessageView, quoted: MessageView | undefined, reactions: string[] }} Line
 */

export function drawMessages() {
  const { messages } = read();
  find("no-messages", HTMLElement).hidden = messages.length > 0;
  const older = find("older", HTMLElement);
  older.hidden = messages.length < MESSAGES_SHOWN;
  older.textContent = `Only the newest ${MESSAGES_SHOWN} messages are shown.`;
  reconcile(find("messages", HTMLOListElement), linesOf(messages), {
    key: (line) => ("day" in line ? line.day : line.message.id),
    render: (line) =>
      "day" in line ? element("li", { class: "day" }, line.day) : renderMessage(line),
  });
}

/**
 * Days between, quotes looked up, reactions put on the message they are about.
 * @param {readonly MessageView[]} messages
 */
function linesOf(messages) {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const reactions = reactionsOf(messages);
  /** @type {Line[]} */
  const lines = [];
  let day = "";
  for (const message of messages) {
    if (message.reaction !== undefined && byId.has(message.reaction.targetId)) continue;
    if (dayOf(message.at) !== day) {
      day = dayOf(message.at);
      lines.push({ day });
    }
    const quoted = message.quotedId === undefined ? undefined : byId.get(message.quotedId);
    lines.push({ message, quoted, reactions: [...(reactions.get(message.id)?.values() ?? [])] });
  }
  return lines;
}

/**
 * The last reaction of each side counts; an empty one takes it back.
 * @param {readonly MessageView[]} messages
 */
function reactionsOf(messages) {
  /** @type {Map<string, Map<boolean, string>>} */
  const found = new Map();
  for (const { reaction, fromMe } of messages) {
    if (reaction === undefined) continue;
    const both = found.get(reaction.targetId) ?? new Map();
    found.set(reaction.targetId, both);
    if (reaction.emoji === "") both.delete(fromMe);
    else both.set(fromMe, reaction.emoji);
  }
  return found;
}

/** @param {Extract<Line, { message: unknown }>} line */
function renderMessage({ message, quoted, reactions }) {
  const bubble = element("div", { class: "bubble" });
  if (message.quotedId !== undefined) bubble.append(renderQuote(message.quotedId, quoted));
  if (message.media !== undefined && !message.revoked) bubble.append(renderMedia(message));
  const text = message.media === undefined || message.revoked ? describe(message) : message.text;
  if (text !== undefined && text !== "") {
    bubble.append(element("p", { class: message.revoked ? "text gone" : "text" }, text));
  }
  bubble.append(renderMeta(message));
  if (reactions.length > 0) {
    const label = `Reactions: ${reactions.join(" ")}`;
    bubble.append(
      element("span", { class: "chips", role: "img", "aria-label": label }, reactions.join(" ")),
    );
  }
  const side = message.fromMe ? "mine" : "theirs";
  return element(
    "li",
    { class: `message ${side}${reactions.length > 0 ? " reacted" : ""}`, "data-id": message.id },
    bubble,
    renderActions(message),
  );
}

/**
 * @param {string} id
 * @param {MessageView | undefined} quoted
 */
function renderQuote(id, quoted) {
  const who = quoted === undefined ? "" : quoted.fromMe ? "You" : nameOf(quoted.peer);
  const words = quoted === undefined ? "A message that is not here" : describe(quoted);
  const made = element("button", { class: "quoted", type: "button" }, element("strong", {}, who));
  made.append(element("br"), words);
  made.addEventListener("click", () => {
    const target = document.querySelector(`[data-id="${CSS.escape(id)}"]`);
    target?.scrollIntoView({ block: "center" });
    document.querySelectorAll(".found").forEach((each) => each.classList.remove("found"));
    target?.classList.add("found");
  });
  return made;
}

/** @param {MessageView} message */
function renderMeta(message) {
  const meta = element("div", { class: "meta" });
  if (message.edited) meta.append(element("span", {}, "edited"));
  if (message.fromMe && message.device !== 0) {
    meta.append(element("span", {}, `from device ${message.device}`));
  }
  meta.append(element("time", { datetime: message.at }, timeOf(message.at)));
  if (message.fromMe) meta.append(renderTick(message.status ?? "sent"));
  else if (!message.read) meta.append(element("span", {}, "unread"));
  return meta;
}

/** @param {MessageView} message */
function renderActions(message) {
  const about = describe(message).slice(0, 40);
  const reply = element("button", { type: "button", "aria-label": `Reply to: ${about}` }, "Reply");
  reply.addEventListener("click", () => startQuote(message));
  const react = element("button", { type: "button", "aria-label": `React to: ${about}` }, "☺");
  react.addEventListener("click", () => openReactions(react, message));
  return element("div", { class: "actions" }, reply, react);
}
