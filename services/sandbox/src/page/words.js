/** @typedef {import("./types.d.ts").MessageView} MessageView */

/** @type {Record<string, string>} */
const kinds = {
  image: "Photo",
  video: "Video",
  document: "Document",
  audio: "Audio",
  voice: "Voice note",
};

/**
 * A message in a few words.
 * @param {MessageView} message
 */
export function describe(message) {
  if (message.revoked) return "This message was deleted";
  if (message.reaction !== undefined) {
    return message.reaction.emoji === ""
      ? "Took a reaction back"
      : `Reacted ${message.reaction.emoji}`;
  }
  if (message.media !== undefined) {
    const words = message.text ?? message.media.fileName ?? "";
    return `${kinds[message.kind] ?? "File"}${words === "" ? "" : `: ${words}`}`;
  }
  return message.text ?? `(${message.kind})`;
}

/** @param {string} at */
export const timeOf = (at) =>
  new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** @param {string} at */
export const dayOf = (at) =>
  new Date(at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });

/** @param {number} bytes */
export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
