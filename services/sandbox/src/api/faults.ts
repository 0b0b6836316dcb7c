import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";
import { FaultKindName, faultFields } from "./fault-kinds.ts";
import { PhoneNumber, Time } from "./fields.ts";

const fields = {
  kind: FaultKindName,
  account: PhoneNumber.optional().describe(
    "The account it hits, by its phone number; any account when absent",
  ),
  code: z
    .string()
    .regex(/^\d{3}$/, "three digits")
    .optional()
    .describe("HTTP status, failure reason, stream error, query error or ack error"),
  subcode: z
    .string()
    .max(10)
    .optional()
    .describe("Code attribute of a login failure: 101 to 106 name the reason of a ban"),
  expire: z.int().positive().max(31_536_000).optional().describe("Seconds a temporary ban lasts"),
  delayMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .optional()
    .describe("Milliseconds a late or slow fault takes; 0 when absent"),
  xmlns: z
    .string()
    .max(60)
    .optional()
    .describe("Namespace of the queries iq_error hits; usync when absent"),
  device: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("Recipient's device a fault of delivery hits: 0 is the phone; any when absent"),
  text: z
    .string()
    .max(200)
    .optional()
    .describe("Text of a query error; rate-overlimit when absent"),
};

export const FaultInput = z.strictObject({
  ...fields,
  count: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1)
    .describe("How often it hits; 0 = until it is deleted"),
});
export type FaultInput = z.output<typeof FaultInput>;

export const Fault = z.strictObject({
  ...fields,
  id: z.uuid().describe("Names the fault while it waits"),
  count: z.int().describe("How often it hits in all; 0 = until it is deleted"),
  remaining: z.int().describe("How often it will still hit; 0 = until it is deleted"),
  createdAt: Time.describe("When it was asked for"),
});
export type Fault = z.infer<typeof Fault>;

export const FaultKindView = z.strictObject({
  kind: FaultKindName,
  title: z.string().describe("A name for people"),
  about: z.string().describe("What happens"),
  immediate: z
    .boolean()
    .describe("Hits open connections at once; the others wait for the next matching event"),
  uses: z.array(z.enum(faultFields)).describe("Fields it looks at, beside account and count"),
  codes: z.array(z.string()).describe("Codes worth trying, the default first"),
});
export type FaultKindView = z.infer<typeof FaultKindView>;

const Applied = z.strictObject({
  applied: z.int().describe("How many connections or devices were hit"),
});

const shared = { tag: "faults", auth: "none" } as const;

export const addFaultRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/faults",
  operationId: "addFault",
  summary: "Let something go wrong, at once (200) or at the next matching event (201)",
  body: FaultInput,
  response: {
    status: 201,
    schema: z.union([Fault, Applied]),
    description: "The fault that waits; or, with status 200, what an immediate fault hit",
  },
  errors: ["CONFLICT"],
});

export const faultKindsRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/fault-kinds",
  operationId: "listFaultKinds",
  summary: "What can go wrong, and what each kind looks at",
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(FaultKindView).describe("All kinds") }),
  },
  errors: [],
});

export const listFaultsRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/faults",
  operationId: "listFaults",
  summary: "Faults that still wait",
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(Fault).describe("Oldest first") }),
  },
  errors: [],
});

export const clearFaultsRoute = defineRoute({
  ...shared,
  method: "DELETE",
  path: "/api/faults",
  operationId: "clearFaults",
  summary: "Take all faults back",
  response: { status: 204 },
  errors: [],
});

export const removeFaultRoute = defineRoute({
  ...shared,
  method: "DELETE",
  path: "/api/faults/:id",
  operationId: "removeFault",
  summary: "Take one fault back",
  params: z.strictObject({ id: Fault.shape.id }),
  response: { status: 204 },
  errors: ["NOT_FOUND"],
});
