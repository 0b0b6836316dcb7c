import { z } from "zod";
import { parseMasterKeys } from "./domain/data-key.ts";

const accountSpec = z.object({
  displayName: z.string().default("WhatsApp"),
  phone: z.string().optional(),
  pairing: z.object({ method: z.enum(["QR", "Code"]).default("QR") }).default({ method: "QR" }),
});

/** What a WhatsApp channel process adds to the settings every channel process has. */
export const whatsappSettings = z.object({
  ACCOUNT_ID: z.uuid(),
  ORG_ID: z.uuid(),
  SESSION_KEYS: z.string().transform((text, issue) => {
    try {
      return parseMasterKeys(text);
    } catch (error) {
      issue.addIssue(error instanceof Error ? error.message : "malformed");
      return z.NEVER;
    }
  }),
  WHATSAPP_URL: z.url({ protocol: /^wss?$/ }).optional(),
  WHATSAPP_ROOT_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .optional(),
  ACCOUNT_SPEC: z
    .string()
    .default("{}")
    .transform((text) => accountSpec.parse(JSON.parse(text))),
});

export type WhatsAppSettings = z.infer<typeof whatsappSettings>;
