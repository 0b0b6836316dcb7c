import { z } from "zod";
import type { OpenAttemptRow } from "./channel-store.ts";
import type { OutboundAttempt } from "../driver.ts";

/** The shapes the SQL functions answer with, checked where they enter this process. */

const reference = z.object({
  providerMessageId: z.string(),
  fromMe: z.boolean(),
  text: z.string().optional(),
});

const media = z.object({
  type: z.enum(["image", "video", "document", "audio", "voice"]),
  mediaId: z.string(),
  contentType: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  storageKey: z.string(),
  caption: z.string().optional(),
  fileName: z.string().optional(),
});

const content = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  media,
  z.object({ type: z.literal("reaction"), emoji: z.string(), target: reference }),
]);

const outboundFields = {
  messageId: z.string(),
  attemptNo: z.number().int(),
  conversationId: z.string(),
  providerToken: z.string(),
  recipient: z.object({ kind: z.string(), value: z.string(), alt: z.string().optional() }),
  content,
  lane: z.enum(["reply", "followup", "opener", "bulk"]),
  stranger: z.boolean(),
  quoted: reference.optional(),
  traceparent: z.string().optional(),
};

const outboundRow = z.object(outboundFields);

const openRow = z.object({
  ...outboundFields,
  startedAt: z.string(),
  ageMs: z.number(),
  triesLeft: z.number().int(),
  token: z.number(),
  holder: z.string(),
});

/** Read before its content is understood: enough to close an attempt nobody here can send. */
const refRow = z.object({ messageId: z.string(), attemptNo: z.number().int() });

export type ParsedRows<T> = {
  attempts: T[];
  /** Rows whose content this version does not know. One of them must not stop its neighbours. */
  unreadable: { messageId: string; attemptNo: number; problem: string }[];
};

export function parseOutbound(rows: unknown): ParsedRows<OutboundAttempt> {
  return parseEach(outboundRow, rows);
}

export function parseOpen(rows: unknown): ParsedRows<OpenAttemptRow> {
  return parseEach(openRow, rows);
}

function parseEach<T>(schema: z.ZodObject, rows: unknown): ParsedRows<T> {
  const result: ParsedRows<T> = { attempts: [], unreadable: [] };
  for (const row of z.array(z.unknown()).parse(rows)) {
    const parsed = schema.safeParse(row);
    // Safe: `T` is the port's type of this very schema; zod only spells "absent" differently.
    if (parsed.success) result.attempts.push(parsed.data as T);
    else result.unreadable.push({ ...refRow.parse(row), problem: namesOf(parsed.error) });
  }
  return result;
}

/** Paths only: a value could be somebody's message. */
function namesOf(error: z.ZodError): string {
  return error.issues.map((issue) => issue.path.join(".")).join(", ");
}
