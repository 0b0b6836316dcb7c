import { call, pathOf } from "./api.js";
import { button, element, field, find, paintAvatar, reconcile } from "./dom.js";
import { attempt, confirmed } from "./notices.js";
import { chosen, go, onChange, refresh } from "./store.js";

/** @typedef {import("./types.d.ts").PhoneView} PhoneView */

/** The chosen phone: on or off, what is linked to it, how it behaves. */
export function startPhone() {
  onChange(draw);
  find("online", HTMLInputElement).addEventListener("change", ({ target }) => {
    void change({ online: /** @type {HTMLInputElement} */ (target).checked });
  });
  const form = find("settings", HTMLFormElement);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLElement) void change(changeOf(form, target));
  });
  button("migrate").addEventListener("click", migrate);
  button("remove-phone").addEventListener("click", remove);
}

/** @param {object} patch */
async function change(patch) {
  const phone = chosen();
  if (phone === undefined) return;
  await attempt(() => call("PATCH", pathOf(phone.phone), patch));
  await refresh();
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} target
 */
function changeOf(form, target) {
  const name = target.getAttribute("name") ?? "";
  if (name === "addressing") return { addressing: /** @type {HTMLSelectElement} */ (target).value };
  if (name !== "autoReply" && name !== "autoReplyText") {
    return { [name]: /** @type {HTMLInputElement} */ (target).checked };
  }
  const wanted = field(form, "autoReply", HTMLInputElement).checked;
  const text = field(form, "autoReplyText", HTMLInputElement).value.trim();
  return { autoReply: wanted ? { text: text === "" ? "Call me" : text } : null };
}

async function migrate() {
  const sure = await confirmed(
    "Move to LIDs?",
    "All linked devices are told to address chats by LID. There is no way back for this phone.",
    "Move",
  );
  if (sure) await change({ lidMigrated: true });
}

async function remove() {
  const phone = chosen();
  if (phone === undefined) return;
  const sure = await confirmed(
    `Remove ${phone.name}?`,
    "Its linked devices are logged out and its chats are gone.",
    "Remove",
  );
  if (!sure) return;
  await attempt(() => call("DELETE", pathOf(phone.phone)), `${phone.name} is removed.`);
  go();
}

function draw() {
  const phone = chosen();
  find("no-phone", HTMLElement).hidden = phone !== undefined;
  find("phone", HTMLElement).hidden = phone === undefined;
  if (phone === undefined) return;
  find("phone-name", HTMLElement).textContent = phone.name;
  find("phone-number", HTMLElement).textContent =
    `+${phone.phone}${phone.business ? " · business" : ""}`;
  paintAvatar(find("phone-avatar", HTMLElement), phone.name);
  find("online", HTMLInputElement).checked = phone.settings.online;
  const offline = find("offline", HTMLElement);
  offline.hidden = phone.settings.online;
  offline.textContent = `The phone is off. ${waits(phone.waiting)} for it.`;
  find("code-wanted", HTMLElement).hidden = !phone.codeRequested;
  drawDevices(phone);
  drawSettings(phone);
}

/** @param {PhoneView} phone */
function drawDevices(phone) {
  const linked = phone.devices.filter(({ id }) => id !== 0);
  find("no-devices", HTMLElement).hidden = linked.length > 0;
  reconcile(find("devices", HTMLUListElement), linked, {
    key: ({ id }) => String(id),
    render: (device) => {
      const waits = device.pending > 0 ? `, ${device.pending} waiting` : "";
      const text = `Device ${device.id}: ${device.connected ? "connected" : "away"}${waits}`;
      const unlink = element("button", { type: "button" }, "Unlink");
      unlink.setAttribute("aria-label", `Unlink device ${device.id}`);
      unlink.addEventListener("click", () => void unlinkDevice(phone, device.id));
      const dot = element("span", { class: device.connected ? "dot on" : "dot off" });
      return element("li", {}, dot, element("span", {}, text), unlink);
    },
  });
}

/** @param {PhoneView} phone @param {number} device */
async function unlinkDevice(phone, device) {
  const text = "The client is logged out and needs a new QR or code.";
  if (!(await confirmed(`Unlink device ${device}?`, text, "Unlink"))) return;
  await attempt(
    () => call("POST", pathOf(phone.phone, "/unlink"), { device }),
    `Device ${device} is unlinked.`,
  );
  await refresh();
}

/** @param {PhoneView} phone */
function drawSettings({ settings, lid }) {
  const form = find("settings", HTMLFormElement);
  field(form, "autoRead", HTMLInputElement).checked = settings.autoRead;
  field(form, "deliveryReceipts", HTMLInputElement).checked = settings.deliveryReceipts;
  field(form, "autoReply", HTMLInputElement).checked = settings.autoReply !== null;
  field(form, "addressing", HTMLSelectElement).value = settings.addressing;
  const answer = field(form, "autoReplyText", HTMLInputElement);
  // Never below the hands of somebody who types.
  if (document.activeElement !== answer && settings.autoReply !== null) {
    answer.value = settings.autoReply.text;
  }
  find("lid", HTMLElement).textContent =
    `LID ${lid}${settings.lidMigrated ? ", chats moved to LIDs" : ""}`;
  button("migrate").hidden = settings.lidMigrated;
}

/** @param {number} count */
const waits = (count) =>
  count === 0 ? "Nothing waits" : count === 1 ? "1 thing waits" : `${count} things wait`;
