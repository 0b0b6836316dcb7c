import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";
import { Time } from "./fields.ts";

const WAIT_MAX_S = 60;

/** Every type of event, with what its data holds. */
const eventTypes = {
  phone_created: "a phone was switched on; name",
  phone_removed: "a phone was thrown away",
  settings_changed: "a phone behaves differently; the settings that changed",
  code_requested: "a client waits for its pairing code to be typed",
  device_linked: "a client was linked; device",
  device_unlinked: "a linked device was removed; device, own (it logged itself out)",
  connected: "a linked device is active; device, waiting (stanzas that were kept for it)",
  disconnected: "a linked device is away; device",
  message_written: "the person wrote; id, to",
  message_received: "the phone shows a new message; id, from, kind",
  message_copied: "a linked device wrote, the phone shows it; id, to, device",
  message_changed: "a shown message was edited or deleted by its author; id",
  chat_read: "the person read a chat; chat, read (how many)",
  receipt: "a receipt reached the phone; id, type, from",
  chatstate: "somebody types to this phone or stopped; from, state",
  undecryptable: "the phone could not decrypt; id, from, reason",
  inbox_full: "too much waited for a phone or device: the oldest stanza was dropped; device",
  fault_added: "a fault waits; id, kind",
  fault_hit: "a fault hit; id, kind",
  fault_removed: "a fault was taken back or is used up; id",
  faults_cleared: "all faults were taken back",
  reset: "everything but the keys was forgotten",
} as const;
export type EventType = keyof typeof eventTypes;

export const SandboxEvent = z.strictObject({
  seq: z.int().describe("Grows by one with every event, also over restarts"),
  at: Time.describe("When it happened"),
  type: z.enum(Object.keys(eventTypes) as [EventType, ...EventType[]]).describe(
    Object.entries(eventTypes)
      .map(([name, about]) => `${name}: ${about}`)
      .join("\n"),
  ),
  phone: z.string().describe("Number of the phone it happened to; empty for none or all"),
  data: z.record(z.string(), z.unknown()).describe("More about it, see type"),
});
export type SandboxEvent = z.infer<typeof SandboxEvent>;

const shared = { tag: "evidence", auth: "none" } as const;

const after = z.coerce.number().int().min(0).describe("Only events with a greater seq");

export const eventsRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/events",
  operationId: "listEvents",
  summary: "What happened after `after`; with `wait`, answers as soon as something has",
  query: z.strictObject({
    after: after.default(0),
    wait: z.coerce
      .number()
      .min(0)
      .max(WAIT_MAX_S)
      .default(0)
      .describe("Seconds to wait for an event"),
  }),
  response: {
    status: 200,
    schema: z.strictObject({
      data: z.array(SandboxEvent).describe("Up to 500 events, oldest first"),
      last: z.int().describe("The newest event's seq"),
    }),
  },
  errors: [],
});

export const eventStreamRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/events/stream",
  operationId: "streamEvents",
  summary: "Events as they happen, as server-sent events; Last-Event-ID resumes",
  query: z.strictObject({ after: after.optional() }),
  response: {
    status: 200,
    contentType: "text/event-stream",
    description: "One SandboxEvent in JSON per `data:`, its seq as `id:`; a comment every 15 s",
  },
  errors: ["UNAVAILABLE"],
});
