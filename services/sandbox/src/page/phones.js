import { call } from "./api.js";
import { button, element, find, moveWithArrows, paintAvatar, reconcile } from "./dom.js";
import { onSubmit, openDialog, say } from "./notices.js";
import { go, onChange, read, refresh } from "./store.js";

/** @typedef {import("./types.d.ts").PhoneView} PhoneView */

/** The list of phones, and adding one. */
export function startPhones() {
  const list = find("phones", HTMLUListElement);
  moveWithArrows(list);
  onChange(() => {
    const { phones, phone: open, loaded } = read();
    find("no-phones", HTMLElement).hidden = !loaded || phones.length > 0;
    reconcile(list, phones, {
      key: ({ phone }) => phone,
      depends: ({ phone, name, settings, devices, codeRequested }) => {
        return [phone, name, settings.online, devices, codeRequested, phone === open];
      },
      render: renderPhone,
    });
  });
  button("open-new-phone").addEventListener("click", () => openDialog("new-phone"));
  const dialog = find("new-phone", HTMLDialogElement);
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  onSubmit(form, async ({ phone = "", name, business }) => {
    const number = phone.replace(/[^\d]/g, "");
    const body = { phone: number, name, business: business === "on" };
    await call("POST", "/api/phones", body);
    form.reset();
    dialog.close();
    say(`${name} is switched on.`);
    await refresh();
    go(number);
  });
}

/** @param {PhoneView} phone */
function renderPhone(phone) {
  const { online } = phone.settings;
  const avatar = element("span", { "aria-hidden": "true" });
  paintAvatar(avatar, phone.name);
  avatar.append(element("span", { class: online ? "dot on" : "dot off" }));
  const row = element(
    "button",
    { class: "row", type: "button", "aria-current": String(phone.phone === read().phone) },
    avatar,
    element(
      "span",
      { class: "main" },
      element("strong", {}, phone.name),
      element("small", {}, `+${phone.phone}`),
      element("small", {}, stateOf(phone)),
    ),
  );
  row.addEventListener("click", () => go(phone.phone));
  return element("li", {}, row);
}

/** @param {PhoneView} phone */
function stateOf({ settings, devices, codeRequested }) {
  if (codeRequested) return "a pairing code is asked for";
  if (!settings.online) return "offline";
  const linked = devices.filter(({ id }) => id !== 0);
  if (linked.length === 0) return "no linked device";
  const connected = linked.filter((device) => device.connected).length;
  return `${linked.length} linked, ${connected} connected`;
}
