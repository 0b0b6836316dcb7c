import { z } from "zod";

/** Faults that wait for the next matching event. `account` is the phone number of the sender. */
const waitingKinds = [
  "upgrade_refused", // the WebSocket upgrade is answered with HTTP `code` (429, 403, 503)
  "login_failure", // <failure reason=code code=subcode expire> at login (401..406, 503)
  "iq_error", // a query of namespace `xmlns` (usync) is answered with error `code` and `text`
  "ack_error", // a sent message is refused with ack error `code` (463, 479, 429)
  "message_lost", // a sent message vanishes: no effect, no ack
  "ack_lost", // a sent message takes effect, the ack never comes
  "ack_late", // it takes effect at once, the ack comes after `delayMs`
  "slow_apply", // effect and ack come after `delayMs`, even if the client is gone by then
  "drop_before_apply", // TCP drop instead of taking the message
  "drop_after_apply", // it takes effect, then TCP drop instead of the ack
  "duplicate_delivery", // the recipient's devices get the same stanza twice
  "undecryptable", // one ciphertext reaches its device damaged
  "receipt_lost", // a receipt for this account's message vanishes
  "receipt_late", // a receipt for this account's message comes after `delayMs`
  "silent", // the server stops answering this account until the fault is deleted
] as const;

/** Faults that hit the account's open connections at once. */
export const immediateKinds = [
  "stream_error", // <stream:error code>: 503, 515 or any other
  "replaced", // conflict: another holder of the session (440)
  "drop_connection", // TCP drop (428)
  "device_removed", // the phone unlinks the companion (401)
] as const;

const faultKinds = [...waitingKinds, ...immediateKinds] as const;

export const faultInput = z.strictObject({
  kind: z.enum(faultKinds).describe("What goes wrong."),
  account: z
    .string()
    .regex(/^\d{3,20}$/)
    .optional()
    .describe("Phone number of the account it hits; without it, any account."),
  count: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1)
    .describe("How often it hits; 0 = until it is deleted."),
  code: z
    .string()
    .regex(/^\d{3}$/)
    .optional()
    .describe("HTTP status, failure reason, stream error, iq or ack error code."),
  subcode: z
    .string()
    .max(10)
    .optional()
    .describe("`code` attribute of a login failure (101..106)."),
  expire: z.int().positive().optional().describe("Seconds a temporary ban lasts."),
  delayMs: z.int().min(0).max(3_600_000).optional().describe("Delay of late and slow faults."),
  xmlns: z.string().max(60).optional().describe("Namespace an iq_error hits; default usync."),
  text: z.string().max(200).optional().describe("Text of an iq error."),
});

export type FaultInput = z.output<typeof faultInput>;
export type FaultKind = FaultInput["kind"];
