import { z } from "zod";

export const faultFields = [
  "code",
  "subcode",
  "expire",
  "delayMs",
  "xmlns",
  "text",
  "device",
] as const;

type FaultKindInfo = {
  /** Hits open connections at once; the others wait for the next matching event. */
  immediate: boolean;
  title: string;
  about: string;
  /** Fields of the fault this kind looks at, beside `account` and `count`. */
  uses: readonly (typeof faultFields)[number][];
  /** Codes worth trying, the default first. */
  codes?: readonly string[];
};

const waits = { immediate: false, uses: [] } as const;
const atOnce = { immediate: true, uses: [] } as const;

/** Every failure the sandbox can cause: the rows of the wire reference, and unreliable delivery. */
const faultKinds = {
  upgrade_refused: {
    ...waits,
    title: "Connection refused",
    about: "The WebSocket upgrade is answered with HTTP `code`; the account is not known yet then.",
    uses: ["code"],
    codes: ["429", "403", "503"],
  },
  login_failure: {
    ...waits,
    title: "Login refused",
    about:
      "A failure stanza at login: 401 logged out, 402 temporary ban (with subcode and expire), 403 locked, 405 client outdated, 406 banned, 503 overloaded.",
    uses: ["code", "subcode", "expire"],
    codes: ["503", "401", "402", "403", "405", "406"],
  },
  iq_error: {
    ...waits,
    title: "Query refused",
    about: "A query of namespace `xmlns` (usync when absent) is answered with `code` and `text`.",
    uses: ["code", "text", "xmlns"],
    codes: ["429"],
  },
  ack_error: {
    ...waits,
    title: "Message refused",
    about:
      "A sent message has no effect and is refused: 463 restricted or no token, 479 malformed or stale device.",
    uses: ["code"],
    codes: ["463", "479", "429"],
  },
  message_lost: {
    ...waits,
    title: "Message lost",
    about: "A sent message vanishes: no effect, no ack.",
  },
  ack_lost: {
    ...waits,
    title: "Ack lost",
    about: "A sent message takes effect, its ack never comes.",
  },
  ack_late: {
    ...waits,
    title: "Ack late",
    about: "A sent message takes effect at once, its ack comes after `delayMs`.",
    uses: ["delayMs"],
  },
  slow_apply: {
    ...waits,
    title: "Slow apply",
    about:
      "A sent message takes effect and is acked after `delayMs`, even if the client is gone by then.",
    uses: ["delayMs"],
  },
  drop_before_apply: {
    ...waits,
    title: "Drop before apply",
    about: "The TCP connection drops instead of a sent message being taken.",
  },
  drop_after_apply: {
    ...waits,
    title: "Drop after apply",
    about: "A sent message takes effect, then the TCP connection drops instead of the ack.",
  },
  duplicate_delivery: {
    ...waits,
    title: "Delivered twice",
    about:
      "One device of the recipient, `device` or any, gets the same stanza of the account twice.",
    uses: ["device"],
  },
  undecryptable: {
    ...waits,
    title: "Damaged ciphertext",
    about:
      "One ciphertext of the account reaches a device of the recipient, `device` or any, damaged: it asks again.",
    uses: ["device"],
  },
  receipt_lost: {
    ...waits,
    title: "Receipt lost",
    about: "A receipt for a message of the account vanishes.",
  },
  receipt_late: {
    ...waits,
    title: "Receipt late",
    about: "A receipt for a message of the account comes after `delayMs`.",
    uses: ["delayMs"],
  },
  silent: {
    ...waits,
    title: "Silent server",
    about:
      "The server stops answering the account until the fault is deleted (`count` is ignored).",
  },
  stream_error: {
    ...atOnce,
    title: "Stream error",
    about: "Open connections end with stream error `code`: 503, 515 or any other.",
    uses: ["code"],
    codes: ["503", "515"],
  },
  replaced: {
    ...atOnce,
    title: "Session replaced",
    about: "Open connections end with a conflict: somebody else holds the session (440).",
  },
  drop_connection: {
    ...atOnce,
    title: "Drop connection",
    about: "Open TCP connections drop without a word (428).",
  },
  device_removed: {
    ...atOnce,
    title: "Unlink devices",
    about: "The phone unlinks all its devices (401).",
  },
} as const satisfies Record<string, FaultKindInfo>;

export type FaultKind = keyof typeof faultKinds;

/** One kind with its optional parts filled in. */
export const faultKind = (name: FaultKind): FaultKindInfo => faultKinds[name];

export const faultKindNames = Object.keys(faultKinds) as [FaultKind, ...FaultKind[]];

export const FaultKindName = z.enum(faultKindNames).describe(
  Object.entries(faultKinds)
    .map(([name, { about }]) => `${name}: ${about}`)
    .join("\n"),
);
