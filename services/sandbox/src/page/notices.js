import { Refused } from "./api.js";
import { button, element, find } from "./dom.js";

const SHOWN_MS = 6000;
const SHOWN_MAX = 4;

/**
 * @param {string} text
 * @param {{ bad?: boolean }} [options]
 */
export function say(text, { bad = false } = {}) {
  const toasts = find("toasts", HTMLElement);
  const close = element("button", { type: "button", "aria-label": "Dismiss" }, "×");
  const toast = element(
    "div",
    { class: bad ? "toast bad" : "toast", role: bad ? "alert" : undefined },
    element("span", {}, text),
    close,
  );
  close.addEventListener("click", () => toast.remove());
  toasts.append(toast);
  while (toasts.children.length > SHOWN_MAX) toasts.firstElementChild?.remove();
  // What went wrong stays until somebody has seen it.
  if (!bad) setTimeout(() => toast.remove(), SHOWN_MS);
}

/** @param {unknown} error */
const messageOf = (error) =>
  error instanceof Refused ? error.message : "Something failed in this page.";

/**
 * Runs what a person asked for; what went wrong is said.
 * @param {() => Promise<unknown>} task
 * @param {string} [done]
 */
export async function attempt(task, done) {
  try {
    await task();
    if (done !== undefined) say(done);
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    say(messageOf(error), { bad: true });
    return false;
  }
}

/**
 * A form that says in itself what went wrong, and cannot be sent twice at once.
 * @param {HTMLFormElement} form
 * @param {(values: Record<string, string>) => Promise<unknown>} task
 */
export function onSubmit(form, task) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    const submit = form.querySelector("button[type=submit]");
    const entries = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    if (problem instanceof HTMLElement) problem.hidden = true;
    if (submit instanceof HTMLButtonElement) submit.disabled = true;
    try {
      await task(Object.fromEntries(entries));
    } catch (error) {
      if (!(problem instanceof HTMLElement)) throw error;
      problem.textContent = messageOf(error);
      problem.hidden = false;
    } finally {
      if (submit instanceof HTMLButtonElement) submit.disabled = false;
    }
  });
}

/** @param {string} id */
export function openDialog(id) {
  const dialog = find(id, HTMLDialogElement);
  for (const problem of dialog.querySelectorAll(".problem")) problem.setAttribute("hidden", "");
  dialog.showModal();
  return dialog;
}

/** Buttons that close their dialog, and a click beside it. */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", ({ target }) => {
      const closes = target instanceof Element && target.hasAttribute("data-close");
      if (closes || target === dialog) dialog.close();
    });
  }
}

/**
 * Asks before something is gone.
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @returns {Promise<boolean>}
 */
export function confirmed(title, text, yes) {
  find("confirm-title", HTMLElement).textContent = title;
  find("confirm-text", HTMLElement).textContent = text;
  button("confirm-yes").textContent = yes;
  const dialog = openDialog("confirm");
  dialog.returnValue = "no";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
