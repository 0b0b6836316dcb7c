import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";
import { MessageId, PhoneNumber, Time } from "./fields.ts";

export const LedgerRow = z.strictObject({
  messageId: MessageId,
  from: z.string().describe("Number of the account that sent it; empty when unknown"),
  to: z.string().describe("Number of the account it reached"),
  device: z.int().describe("Device it reached: 0 is the phone"),
  copies: z
    .int()
    .describe("Arrivals that were decrypted (the phone) or that were pushed (linked devices)"),
  displayed: z.int().describe("How often the person saw it: a phone shows one id once"),
  undecryptable: z.int().describe("Arrivals that could not be decrypted"),
  confirmed: z.boolean().describe("A linked device confirmed it with a receipt or an ack"),
  firstAt: Time.describe("First arrival"),
  lastAt: Time.describe("Last arrival"),
  textHash: z.string().nullable().describe("SHA-256 of the text in hex, where the phone saw one"),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

export const Submission = z.strictObject({
  messageId: MessageId,
  from: z.string().describe("Number of the account that sent it"),
  fromDevice: z.int().describe("Linked device that sent it"),
  to: z.string().describe("Number it was for, or the address as given when nobody has it"),
  outcome: z.string().describe("applied, lost, or refused with its code"),
  at: Time.describe("When the server decided"),
});
export type Submission = z.infer<typeof Submission>;

const shared = { tag: "evidence", auth: "none" } as const;
const from = PhoneNumber.optional().describe("Only what this account sent");

export const ledgerRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/ledger",
  operationId: "readLedger",
  summary: "What every device got of every message: the judge of delivery tests",
  query: z.strictObject({
    phone: PhoneNumber.optional().describe("Only what reached this account"),
    from,
  }),
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(LedgerRow).describe("Oldest first") }),
  },
  errors: [],
});

export const submissionsRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/ledger/submissions",
  operationId: "listSubmissions",
  summary: "What linked devices handed to the server, and what became of it",
  query: z.strictObject({ from }),
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(Submission).describe("Oldest first") }),
  },
  errors: [],
});
