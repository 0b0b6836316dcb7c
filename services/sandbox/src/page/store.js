import { call, pathOf } from "./api.js";

/**
 * @typedef {import("./types.d.ts").PhoneView} PhoneView
 * @typedef {import("./types.d.ts").ChatView} ChatView
 * @typedef {import("./types.d.ts").MessageView} MessageView
 * @typedef {import("./types.d.ts").Fault} Fault
 */

/** Messages of the open chat that are shown; older ones stay in the sandbox. */
export const MESSAGES_SHOWN = 500;

const state = {
  /** @type {PhoneView[]} */ phones: [],
  /** @type {ChatView[]} */ chats: [],
  /** @type {MessageView[]} */ messages: [],
  /** @type {Fault[]} */ faults: [],
  /** @type {string | undefined} */ phone: undefined,
  /** @type {string | undefined} */ peer: undefined,
  /** Who types to the chosen phone, by number. @type {Map<string, string>} */
  typing: new Map(),
  loaded: false,
};

/** @type {Set<() => void>} */
const views = new Set();

/** What the page shows. Views read it; only this file changes it. */
export const read = () => state;

/** The chosen phone. */
export const chosen = () => state.phones.find(({ phone }) => phone === state.phone);

/** @param {string} number */
export const nameOf = (number) =>
  state.phones.find(({ phone }) => phone === number)?.name ?? `+${number}`;

/** @param {() => void} draw */
export function onChange(draw) {
  views.add(draw);
}

const redraw = () => views.forEach((draw) => draw());

/** Two refreshes at once would show the older answer last. */
let running = Promise.resolve();

/** Reads everything that is shown, and draws it. */
export function refresh() {
  running = running.catch(() => undefined).then(load);
  return running;
}

async function load() {
  /** @type {[{ data: PhoneView[] }, { data: Fault[] }]} */
  const [phones, faults] = await Promise.all([
    call("GET", "/api/phones"),
    call("GET", "/api/faults"),
  ]);
  state.phones = phones.data;
  state.faults = faults.data;
  if (chosen() === undefined) choosePlace(undefined, undefined);
  const { phone, peer } = state;
  state.chats = phone === undefined ? [] : (await call("GET", pathOf(phone, "/chats"))).data;
  const path = `/chats/${peer}/messages?limit=${MESSAGES_SHOWN}`;
  state.messages =
    phone === undefined || peer === undefined ? [] : (await call("GET", pathOf(phone, path))).data;
  state.loaded = true;
  // The person has gone elsewhere meanwhile: the next load is on its way.
  if (phone === state.phone && peer === state.peer) redraw();
}

/** @param {string | undefined} phone @param {string | undefined} peer */
function choosePlace(phone, peer) {
  state.phone = phone;
  state.peer = peer;
  state.chats = [];
  state.messages = [];
}

/** The address of the page holds what is open, so that reload and back work. */
export function followAddress() {
  const [, phone, peer] = location.hash.split("/");
  const digits = (/** @type {string | undefined} */ text) =>
    text !== undefined && /^\d+$/.test(text) ? text : undefined;
  choosePlace(digits(phone), digits(peer));
  document.body.dataset["view"] =
    state.peer !== undefined ? "conversation" : state.phone !== undefined ? "chats" : "phones";
  return refresh();
}

/** @param {string | undefined} [phone] @param {string | undefined} [peer] */
export function go(phone, peer) {
  const wanted = ["#", phone, peer].filter((part) => part !== undefined).join("/");
  if (location.hash === wanted) void followAddress();
  else location.hash = wanted;
}

/** @param {string} from @param {string} typing */
export function noteTyping(from, typing) {
  if (typing === "paused") state.typing.delete(from);
  else state.typing.set(from, typing);
  redraw();
}
