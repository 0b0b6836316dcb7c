import { find } from "./dom.js";
import { reloadBroken } from "./media.js";
import { noteTyping, read, refresh } from "./store.js";

/** @typedef {import("./types.d.ts").SandboxEvent} SandboxEvent */

/** Many events come together: one refresh shows them all. */
const GATHER_MS = 40;
const RETRY_MAX_MS = 10_000;
const RETRY_MIN_MS = 500;

/** Follows what happens in the sandbox, and finds back when it was away. */
export function follow() {
  let retryMs = RETRY_MIN_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;
  const soon = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      refresh().catch(() => showLive(false));
    }, GATHER_MS);
  };
  const connect = () => {
    const source = new EventSource("/api/events/stream");
    source.addEventListener("open", () => {
      retryMs = RETRY_MIN_MS;
      showLive(true);
      // What happened while nobody listened.
      soon();
      reloadBroken();
    });
    source.addEventListener("message", ({ data }) => {
      notice(/** @type {SandboxEvent} */ (JSON.parse(data)));
      soon();
    });
    source.addEventListener("error", () => {
      showLive(false);
      // A browser gives up for good on an answer that is no stream, as from a proxy.
      source.close();
      setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    });
  };
  connect();
}

/** @param {SandboxEvent} event */
function notice({ type, phone, data }) {
  const from = data["from"];
  if (phone !== read().phone || typeof from !== "string") return;
  if (type === "chatstate") noteTyping(from, String(data["state"]));
  if (type === "message_received") noteTyping(from, "paused");
}

/** @param {boolean} on */
function showLive(on) {
  const live = find("live", HTMLElement);
  live.classList.toggle("on", on);
  live.textContent = on ? "Live" : "Reconnecting …";
}
