import { call, pathOf } from "./api.js";
import { button, find } from "./dom.js";
import { attempt, say } from "./notices.js";
import { onChange, read, refresh } from "./store.js";
import { describe, sizeOf } from "./words.js";

/** @typedef {import("./types.d.ts").MessageView} MessageView */

/** The control API's own limit. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/** @type {{ chat: string, quoted: MessageView | undefined, file: File | undefined, preview: string }} */
const draft = { chat: "", quoted: undefined, file: undefined, preview: "" };

/** Writing: text, a file, an answer to a message. */
export function startComposer() {
  const form = find("composer", HTMLFormElement);
  const text = find("text", HTMLTextAreaElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") drop();
  });
  text.addEventListener("paste", ({ clipboardData }) => attach(clipboardData?.files[0]));
  startFiles(form);
  button("drop-quote").addEventListener("click", () => setQuote(undefined));
  button("drop-file").addEventListener("click", () => setFile(undefined));
  onChange(() => {
    const chat = `${read().phone}/${read().peer}`;
    if (chat !== draft.chat) drop();
    draft.chat = chat;
  });
}

/** @param {HTMLFormElement} form */
function startFiles(form) {
  const input = find("attach-input", HTMLInputElement);
  button("attach").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    attach(input.files?.[0]);
    input.value = "";
  });
  const area = find("conversation", HTMLElement);
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("dropping");
  });
  area.addEventListener("dragleave", () => form.classList.remove("dropping"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("dropping");
    attach(event.dataTransfer?.files[0]);
  });
}

/** @param {MessageView} message */
export function startQuote(message) {
  setQuote(message);
  find("text", HTMLTextAreaElement).focus();
}

function drop() {
  setQuote(undefined);
  setFile(undefined);
}

/** @param {MessageView | undefined} message */
function setQuote(message) {
  draft.quoted = message;
  find("quote", HTMLElement).hidden = message === undefined;
  find("quote-text", HTMLElement).textContent =
    message === undefined ? "" : `Answering: ${describe(message)}`;
}

/** @param {File | undefined} file */
function attach(file) {
  if (file === undefined) return;
  if (file.size > FILE_MAX_BYTES) {
    say(`${file.name} has ${sizeOf(file.size)}; files go up to ${sizeOf(FILE_MAX_BYTES)}.`, {
      bad: true,
    });
    return;
  }
  if (file.size === 0) {
    say(`${file.name} is empty.`, { bad: true });
    return;
  }
  setFile(file);
  find("text", HTMLTextAreaElement).focus();
}

/** @param {File | undefined} file */
function setFile(file) {
  draft.file = file;
  URL.revokeObjectURL(draft.preview);
  const preview = find("file-preview", HTMLImageElement);
  const isImage = file !== undefined && kindOf(file) === "image";
  draft.preview = isImage ? URL.createObjectURL(file) : "";
  preview.hidden = !isImage;
  if (isImage) preview.src = draft.preview;
  else preview.removeAttribute("src");
  find("file", HTMLElement).hidden = file === undefined;
  find("file-name", HTMLElement).textContent =
    file === undefined ? "" : `${file.name} (${sizeOf(file.size)})`;
}

async function send() {
  const { phone = "", peer } = read();
  const field = find("text", HTMLTextAreaElement);
  const text = field.value.trim();
  const { quoted, file } = draft;
  if (text === "" && file === undefined) return;
  button("send").disabled = true;
  const sent = await attempt(async () => {
    const content = file === undefined ? { text } : { media: await mediaOf(file, text) };
    const body = { to: peer, quotedId: quoted?.id, ...content };
    await call("POST", pathOf(phone, "/send"), body);
  });
  button("send").disabled = false;
  field.focus();
  if (!sent) return;
  field.value = "";
  drop();
  await refresh();
}

/** @param {File} file */
function kindOf({ type }) {
  const [family = ""] = type.split("/");
  return ["image", "video", "audio"].includes(family) ? family : "document";
}

/**
 * @param {File} file
 * @param {string} caption
 */
async function mediaOf(file, caption) {
  const kind = kindOf(file);
  return {
    kind,
    mimetype: file.type === "" ? "application/octet-stream" : file.type,
    contentBase64: await base64Of(file),
    ...(caption === "" || kind === "audio" ? {} : { caption }),
    ...(kind === "document" ? { fileName: file.name } : {}),
  };
}

/**
 * @param {File} file
 * @returns {Promise<string>}
 */
function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
