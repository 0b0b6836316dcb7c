import type { SendError } from "@rarity/channel-kit";

/** Codes of `<ack class=message error=...>`: the server refused the stanza, for certain. */
const known: ReadonlyMap<string, Omit<SendError, "code">> = new Map([
  ["400", { class: "content" as const, message: "WhatsApp refused the message as malformed." }],
  [
    "403",
    { class: "recipient" as const, message: "WhatsApp does not let us write to this contact." },
  ],
  ["404", { class: "recipient" as const, message: "The recipient is not on WhatsApp any more." }],
  // Asking again counts as another attempt to reach a stranger and makes the restriction worse.
  ["463", { class: "account" as const, message: "WhatsApp restricts this account for new chats." }],
  [
    "475",
    { class: "account" as const, message: "WhatsApp has locked this account for new chats." },
  ],
  ["479", { class: "content" as const, message: "WhatsApp refused the message's addressing." }],
  ["500", { class: "transient" as const, message: "WhatsApp had an internal error." }],
  ["503", { class: "transient" as const, message: "WhatsApp was not available." }],
  ["429", { class: "transient" as const, message: "WhatsApp asked us to slow down." }],
]);

export function ackError(code: string): SendError {
  const entry = known.get(code);
  return entry === undefined
    ? { class: "unknown", code, message: `WhatsApp refused the message with code ${code}.` }
    : { ...entry, code };
}
