import { mediaPath } from "./api.js";
import { element } from "./dom.js";
import { read } from "./store.js";
import { sizeOf } from "./words.js";

/** @typedef {import("./types.d.ts").MessageView} MessageView */

/**
 * The file of a message: shown where the browser can, else a link to it.
 * @param {MessageView} message
 */
export function renderMedia(message) {
  const { media, kind, id } = message;
  const src = mediaPath(read().phone ?? "", id);
  const name = media?.fileName ?? message.text ?? kind;
  if (kind === "image") {
    const picture = element("img", { src, alt: `Picture: ${name}`, loading: "lazy" });
    picture.addEventListener("error", () => picture.setAttribute("data-broken", ""));
    return picture;
  }
  if (kind === "video") return element("video", { src, controls: "", "aria-label": name });
  if (kind === "audio" || kind === "voice") {
    return element("audio", { src, controls: "", preload: "none", "aria-label": kind });
  }
  const file = media?.fileName ?? "file";
  return element(
    "a",
    { class: "document", href: src, download: file },
    drawGlyph("M6 3h8l4 4v14H6zM14 3v4h4"),
    element("span", {}, `${file} (${sizeOf(media?.size ?? 0)})`),
  );
}

/** Asks again for pictures that could not be loaded while the sandbox was away. */
export function reloadBroken() {
  for (const picture of document.querySelectorAll("img[data-broken]")) {
    const src = picture.getAttribute("src") ?? "";
    picture.removeAttribute("data-broken");
    picture.setAttribute("src", src);
  }
}

const SVG = "http://www.w3.org/2000/svg";
const one = "M1 5.5 4.5 9 12 1.5";
const two = `${one} M8.5 9 16 1.5`;

/**
 * One tick sent, two delivered, blue read.
 * @param {"sent" | "delivered" | "read"} status
 */
export function renderTick(status) {
  const tick = draw("0 0 17 10.5", status === "sent" ? one : two);
  tick.setAttribute("class", `tick ${status}`);
  tick.setAttribute("role", "img");
  tick.setAttribute("aria-label", status);
  return tick;
}

/** @param {string} path */
function drawGlyph(path) {
  const glyph = draw("0 0 24 24", path);
  glyph.setAttribute("class", "glyph");
  glyph.setAttribute("aria-hidden", "true");
  return glyph;
}

/** @param {string} viewBox @param {string} d */
function draw(viewBox, d) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", viewBox);
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}
