import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";
import { Addressing, LidNumber, PhoneNumber, PhoneParams, textField } from "./fields.ts";

const NewPhone = z.strictObject({
  phone: PhoneNumber,
  name: textField(100).describe("The name others see: the push name or, of a business, its name"),
  business: z
    .boolean()
    .default(false)
    .describe("A business account: its clients learn their name from the pairing"),
  lid: LidNumber.optional().describe("Its LID; made from the number when absent"),
  lidMigrated: z
    .boolean()
    .optional()
    .describe("Chats moved to LID addressing already; the sandbox's default when absent"),
});

const AutoReply = z
  .strictObject({ text: textField(4096).describe("What it answers") })
  .nullable()
  .describe("Answers every message of a linked device by itself; null = a person answers");

const settings = {
  online: z.boolean().describe("Connected; while off, everything waits for it"),
  autoRead: z.boolean().describe("Reads every message as it arrives"),
  autoReply: AutoReply,
  deliveryReceipts: z.boolean().describe("Confirms what arrives; off leaves one tick"),
  addressing: Addressing,
};

export const PhoneSettings = z.strictObject({
  ...settings,
  lidMigrated: z.boolean().describe("Its clients have been told to use LIDs for every chat"),
});
export type PhoneSettings = z.infer<typeof PhoneSettings>;

export const PhonePatch = z.strictObject({
  ...z.object(settings).partial().shape,
  lidMigrated: z
    .literal(true)
    .optional()
    .describe(
      "Tells all linked devices to move to LIDs; as on the real service there is no way back",
    ),
});

const LinkedDevice = z.strictObject({
  id: z.int().describe("0 is the phone itself, others are linked devices"),
  connected: z.boolean().describe("Logged in and active now"),
  pending: z.int().describe("Stanzas kept until the device confirms them"),
});

export const PhoneView = z.strictObject({
  phone: PhoneNumber,
  lid: LidNumber,
  name: z.string().describe("The name others see"),
  business: z.boolean().describe("A business account"),
  settings: PhoneSettings.describe("How the phone behaves"),
  waiting: z.int().describe("Stanzas that wait while the phone is off"),
  codeRequested: z.boolean().describe("A device waits for its pairing code to be typed here"),
  devices: z.array(LinkedDevice).describe("The phone and what is linked to it"),
  chats: z.array(z.string()).describe("Numbers of the people it has chats with"),
});
export type PhoneView = z.infer<typeof PhoneView>;

const PhoneList = z.strictObject({
  data: z.array(PhoneView).describe("All phones, oldest first"),
});

const shared = { tag: "phones", auth: "none" } as const;

export const listPhonesRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/phones",
  operationId: "listPhones",
  summary: "All phones",
  response: { status: 200, schema: PhoneList },
  errors: [],
});

export const createPhoneRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/phones",
  operationId: "createPhone",
  summary: "Switch a new phone on",
  body: NewPhone,
  response: { status: 201, schema: PhoneView },
  errors: ["CONFLICT"],
});

export const getPhoneRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/phones/:phone",
  operationId: "getPhone",
  summary: "One phone",
  params: PhoneParams,
  response: { status: 200, schema: PhoneView },
  errors: ["NOT_FOUND"],
});

export const changePhoneRoute = defineRoute({
  ...shared,
  method: "PATCH",
  path: "/api/phones/:phone",
  operationId: "changePhone",
  summary: "Change how a phone behaves",
  params: PhoneParams,
  body: PhonePatch,
  response: { status: 200, schema: PhoneView },
  errors: ["NOT_FOUND"],
});

export const removePhoneRoute = defineRoute({
  ...shared,
  method: "DELETE",
  path: "/api/phones/:phone",
  operationId: "removePhone",
  summary: "Throw a phone away: its devices are logged out, its chats are gone",
  params: PhoneParams,
  response: { status: 204 },
  errors: ["NOT_FOUND"],
});
