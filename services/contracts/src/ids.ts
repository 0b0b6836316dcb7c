import { z } from "zod";

/** Every identifier we mint is a UUIDv7, so ids sort by creation time. */
export const Id = z.uuid().meta({ description: "UUIDv7" });

export const IdParams = z.strictObject({ id: Id });

/** ISO 8601 in UTC, as we write it. */
export const Time = z.iso.datetime().meta({ description: "ISO 8601 time in UTC, ends with Z" });

/** ISO 8601 with any offset, as callers may write it. */
export const TimeInput = z.iso.datetime({ offset: true });

export const OrgId = Id;
export const AccountId = Id;
export const MessageId = Id;
export const ConversationId = Id;
export const LeadId = Id;

/** Chosen by the caller: 1 to 255 printable ASCII characters. */
export const IdempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, "printable ASCII without spaces");
