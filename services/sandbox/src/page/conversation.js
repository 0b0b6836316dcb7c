import { call, pathOf } from "./api.js";
import { button, find, paintAvatar } from "./dom.js";
import { attempt } from "./notices.js";
import { drawMessages } from "./messages.js";
import { chosen, go, nameOf, onChange, read, refresh } from "./store.js";

/** Close enough to the end to follow new messages. */
const NEAR_END_PX = 120;

/** @type {string} */
let shownChat = "";

/** The open chat: its head, its messages; it follows what comes unless somebody reads further up. */
export function startConversation() {
  onChange(draw);
  button("mark-read").addEventListener("click", async () => {
    const { phone = "", peer } = read();
    await attempt(() => call("POST", pathOf(phone, "/read"), { chat: peer }));
    await refresh();
  });
  for (const back of document.querySelectorAll("[data-back]")) {
    const toChats = back.getAttribute("data-back") === "chats";
    back.addEventListener("click", () => go(toChats ? read().phone : undefined));
  }
}

function draw() {
  const { peer, typing, messages } = read();
  const open = chosen() !== undefined && peer !== undefined;
  find("no-conversation", HTMLElement).hidden = open;
  find("conversation", HTMLElement).hidden = !open;
  if (!open) {
    shownChat = "";
    return;
  }
  find("peer-name", HTMLElement).textContent = nameOf(peer);
  find("peer-state", HTMLElement).textContent = typing.has(peer) ? "typing …" : `+${peer}`;
  paintAvatar(find("peer-avatar", HTMLElement), nameOf(peer));
  const unread = messages.filter(({ fromMe, read: seen }) => !fromMe && !seen).length;
  button("mark-read").hidden = unread === 0;
  button("mark-read").textContent = `Mark as read (${unread})`;
  drawAndFollow(peer);
}

/** @param {string} peer */
function drawAndFollow(peer) {
  const scroller = find("scroller", HTMLElement);
  const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const chat = `${read().phone}/${peer}`;
  const follow = left < NEAR_END_PX || chat !== shownChat;
  shownChat = chat;
  drawMessages();
  if (follow) scroller.scrollTop = scroller.scrollHeight;
}
