import { z } from "zod";

/** What the parts of the API share. Pure schemas: they check requests and make the description. */
export const PhoneNumber = z
  .string()
  .regex(/^\d{3,20}$/, "digits only, with the country code, such as 15550001001")
  .describe("Phone number: digits only, with the country code");

export const LidNumber = z
  .string()
  .regex(/^\d{3,24}$/, "digits only")
  .describe("LID, the number that hides the phone number: digits only");

export const MessageId = z
  .string()
  .min(1)
  .max(128)
  .describe("Message id, as its sender made it; the same on both sides");

export const Time = z.iso.datetime().describe("ISO 8601 time in UTC");

export const Addressing = z
  .enum(["pn", "lid"])
  .describe("How the phone addresses what it sends: by phone number or by LID");

export const PhoneParams = z.strictObject({ phone: PhoneNumber });

export const messageLimits = {
  /** The longest text one message carries. */
  textMax: 65_536,
  captionMax: 1024,
  mediaBytesMax: 16 * 1024 * 1024,
  /** Base64 of the largest file and the rest of the JSON. */
  bodyBytesMax: 24 * 1024 * 1024,
} as const;

export const textField = (max: number): z.ZodString => z.string().min(1).max(max);
