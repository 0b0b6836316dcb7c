import { call } from "./api.js";
import { button, element, field, find, reconcile } from "./dom.js";
import { attempt, onSubmit, openDialog, say } from "./notices.js";
import { nameOf, onChange, read, refresh } from "./store.js";

/**
 * @typedef {import("./types.d.ts").Fault} Fault
 * @typedef {import("./types.d.ts").FaultKindView} FaultKindView
 */

/** @type {FaultKindView[]} */
let kinds = [];

const form = () => find("fault", HTMLFormElement);
const kindOf = (/** @type {string} */ name) => kinds.find(({ kind }) => kind === name);

/** Letting things go wrong, and what still waits to. */
export async function startFaults() {
  button("open-faults").addEventListener("click", () => {
    drawAccounts();
    openDialog("faults");
  });
  onChange(drawWaiting);
  onSubmit(form(), addFault);
  button("clear-faults").addEventListener("click", async () => {
    await attempt(() => call("DELETE", "/api/faults"));
    await refresh();
  });
  kinds = (await call("GET", "/api/fault-kinds")).data;
  const select = field(form(), "kind", HTMLSelectElement);
  const group = (/** @type {string} */ label, /** @type {boolean} */ immediate) =>
    element(
      "optgroup",
      { label },
      ...kinds
        .filter((kind) => kind.immediate === immediate)
        .map(({ kind, title }) => element("option", { value: kind }, title)),
    );
  select.replaceChildren(group("At the next matching event", false), group("At once", true));
  select.addEventListener("change", drawKind);
  drawKind();
}

/** Only the fields this kind looks at are shown. */
function drawKind() {
  const kind = kindOf(field(form(), "kind", HTMLSelectElement).value);
  if (kind === undefined) return;
  find("fault-about", HTMLElement).textContent = kind.about;
  for (const each of find("fault-fields", HTMLElement).querySelectorAll("[data-field]")) {
    const name = each.getAttribute("data-field") ?? "";
    const used = name === "count" ? !kind.immediate : kind.uses.some((use) => use === name);
    each.toggleAttribute("hidden", !used);
  }
  const codes = kind.codes.map((code) => element("option", { value: code }));
  find("fault-codes", HTMLDataListElement).replaceChildren(...codes);
  field(form(), "code", HTMLInputElement).value = kind.codes[0] ?? "";
  button("add-fault").textContent = kind.immediate ? "Do it now" : "Add fault";
}

function drawAccounts() {
  const select = field(form(), "account", HTMLSelectElement);
  const before = select.value === "" ? (read().phone ?? "") : select.value;
  const options = read().phones.map(({ phone, name }) => element("option", { value: phone }, name));
  select.replaceChildren(element("option", { value: "" }, "any account"), ...options);
  select.value = before;
}

/** @param {Record<string, string>} values */
async function addFault({ kind: name = "", account, ...rest }) {
  const kind = kindOf(name);
  /** @type {Record<string, string | number | undefined>} */
  const body = { kind: name, account: account === "" ? undefined : account };
  for (const [key, value] of Object.entries(rest)) {
    const used =
      key === "count" ? kind?.immediate === false : kind?.uses.some((use) => use === key);
    if (used !== true || value === "") continue;
    body[key] = ["count", "delayMs", "expire", "device"].includes(key) ? Number(value) : value;
  }
  /** @type {{ applied?: number }} */
  const answer = await call("POST", "/api/faults", body);
  if (answer.applied !== undefined) {
    say(
      answer.applied === 0 ? "Nothing was connected, nothing was hit." : `Hit ${answer.applied}.`,
    );
  }
  await refresh();
}

function drawWaiting() {
  const { faults } = read();
  const count = find("fault-count", HTMLElement);
  count.hidden = faults.length === 0;
  count.textContent = String(faults.length);
  find("no-faults", HTMLElement).hidden = faults.length > 0;
  button("clear-faults").hidden = faults.length === 0;
  reconcile(find("fault-list", HTMLUListElement), faults, {
    key: ({ id }) => id,
    render: renderFault,
  });
}

/** @param {Fault} fault */
function renderFault(fault) {
  const title = kindOf(fault.kind)?.title ?? fault.kind;
  const whom = fault.account === undefined ? "any account" : nameOf(fault.account);
  const often =
    fault.count === 0
      ? "until taken back"
      : `${fault.remaining} more ${fault.remaining === 1 ? "time" : "times"}`;
  const code = fault.code === undefined ? "" : ` ${fault.code}`;
  const remove = element("button", { type: "button" }, "Take back");
  remove.setAttribute("aria-label", `Take back: ${title}`);
  remove.addEventListener("click", async () => {
    await attempt(() => call("DELETE", `/api/faults/${fault.id}`));
    await refresh();
  });
  return element("li", {}, element("span", {}, `${title}${code}, ${whom}, ${often}`), remove);
}
