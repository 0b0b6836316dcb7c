import { button, element, find, moveWithArrows, paintAvatar, reconcile } from "./dom.js";
import { onSubmit, openDialog } from "./notices.js";
import { go, nameOf, onChange, read } from "./store.js";
import { describe, timeOf } from "./words.js";

/** @typedef {import("./types.d.ts").ChatView} ChatView */

/** The chats of the chosen phone, and starting one. */
export function startChats() {
  const list = find("chats", HTMLUListElement);
  moveWithArrows(list);
  onChange(() => {
    const { chats, peer: open, typing } = read();
    find("no-chats", HTMLElement).hidden = chats.length > 0;
    reconcile(list, chats, {
      key: ({ peer }) => peer,
      depends: (chat) => [chat, nameOf(chat.peer), chat.peer === open, typing.get(chat.peer)],
      render: renderChat,
    });
  });
  const dialog = find("new-chat", HTMLDialogElement);
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  button("open-new-chat").addEventListener("click", () => {
    const others = read().phones.filter(({ phone }) => phone !== read().phone);
    const options = others.map(({ phone, name }) =>
      element("option", { value: phone }, `${name} (+${phone})`),
    );
    form.querySelector("select")?.replaceChildren(...options);
    openDialog("new-chat");
  });
  onSubmit(form, ({ peer }) => {
    dialog.close();
    go(read().phone, peer);
    return Promise.resolve();
  });
}

/** @param {ChatView} chat */
function renderChat(chat) {
  const avatar = element("span", { "aria-hidden": "true" });
  const name = nameOf(chat.peer);
  paintAvatar(avatar, name);
  const end = element(
    "span",
    { class: "end" },
    chat.last === undefined ? "" : timeOf(chat.last.at),
  );
  if (chat.unread > 0) {
    const label = `${chat.unread} unread`;
    end.append(element("span", { class: "count", title: label }, String(chat.unread)));
    end.append(element("span", { class: "visually-hidden" }, "unread"));
  }
  const row = element(
    "button",
    { class: "row", type: "button", "aria-current": String(chat.peer === read().peer) },
    avatar,
    element(
      "span",
      { class: "main" },
      element("strong", {}, name),
      element("small", {}, lastWords(chat)),
    ),
    end,
  );
  row.addEventListener("click", () => go(read().phone, chat.peer));
  return element("li", {}, row);
}

/** @param {ChatView} chat */
function lastWords({ last, peer }) {
  if (read().typing.has(peer)) return "typing …";
  if (last === undefined) return "";
  return `${last.fromMe ? "You: " : ""}${describe(last)}`;
}
