import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";
import { PhoneParams } from "./fields.ts";

const qrText = z
  .string()
  .trim()
  .max(4096)
  .regex(/^([^#]*#)?([^,#\s]*,){3,4}[^,#\s]*$/, {
    message:
      "paste the whole text of the QR: four or five parts with commas between them, with or without an address before #",
  })
  .describe("The text of the QR as the client shows it");

const code = z
  .string()
  .trim()
  .regex(/^[\da-zA-Z]{4}-?[\da-zA-Z]{4}$/, "eight letters and digits, such as ABCD-1234")
  .describe("Pairing code: eight letters and digits, with or without the dash");

const Linked = z.strictObject({
  device: z.int().describe("Number of the new linked device"),
});

const shared = { tag: "pairing", auth: "none", params: PhoneParams } as const;

export const scanQrRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/phones/:phone/scan",
  operationId: "scanQr",
  summary: "Point the phone's camera at a QR (its text)",
  body: z.strictObject({ qr: qrText }),
  response: { status: 200, schema: Linked },
  errors: ["NOT_FOUND", "CONFLICT"],
});

export const enterCodeRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/phones/:phone/enter-code",
  operationId: "enterCode",
  summary: "Type the pairing code a client shows",
  body: z.strictObject({ code }),
  response: { status: 200, schema: Linked },
  errors: ["NOT_FOUND", "CONFLICT"],
});

export const unlinkRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/phones/:phone/unlink",
  operationId: "unlinkDevice",
  summary: "Remove a linked device: it is logged out",
  body: z.strictObject({ device: z.int().min(1).describe("Number of the linked device") }),
  response: {
    status: 200,
    schema: z.strictObject({ unlinked: z.literal(true).describe("It is gone") }),
  },
  errors: ["NOT_FOUND"],
});
