import { call, pathOf } from "./api.js";
import { button, find } from "./dom.js";
import { onSubmit, openDialog, say } from "./notices.js";
import { chosen, onChange, refresh } from "./store.js";

/** Linking a client: the text of its QR, or the code it shows. */
export function startLinking() {
  const dialog = find("link", HTMLDialogElement);
  button("open-link").addEventListener("click", () => {
    dialog.querySelectorAll("form").forEach((form) => form.reset());
    openDialog("link");
  });
  const done = async (/** @type {{ device: number }} */ { device }) => {
    dialog.close();
    say(`Device ${device} is linked.`);
    await refresh();
  };
  onSubmit(find("scan", HTMLFormElement), async ({ qr = "" }) => {
    await done(await call("POST", pathOf(phone(), "/scan"), { qr: qr.replace(/\s+/g, "") }));
  });
  onSubmit(find("enter-code", HTMLFormElement), async ({ code = "" }) => {
    await done(await call("POST", pathOf(phone(), "/enter-code"), { code: code.trim() }));
  });
  onChange(() => {
    find("code-hint", HTMLElement).textContent =
      chosen()?.codeRequested === true
        ? "A client waits for the code it shows for this number."
        : `Ask for a code in the client first, for the number +${chosen()?.phone ?? ""}.`;
  });
}

const phone = () => chosen()?.phone ?? "";
