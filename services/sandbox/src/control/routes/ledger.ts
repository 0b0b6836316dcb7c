import { z } from "zod";
import { controlRoute, phoneNumber } from "../route.ts";

const MAX_WAIT_S = 60;
const MAX_EVENTS = 500;

export const ledgerRoutes = [
  controlRoute({
    method: "GET",
    path: "/api/ledger",
    summary: "What every device got of every message",
    query: z.strictObject({ phone: phoneNumber.optional(), from: phoneNumber.optional() }),
    handler: ({ world, query }) => ({ data: world.ledger.rows(query) }),
  }),
  controlRoute({
    method: "GET",
    path: "/api/ledger/submissions",
    summary: "What linked devices handed to the server, and what became of it",
    query: z.strictObject({ from: phoneNumber.optional() }),
    handler: ({ world, query }) => ({ data: world.ledger.submissions(query) }),
  }),
  controlRoute({
    method: "GET",
    path: "/api/events",
    summary: "What happened after `after`; with `wait`, answers as soon as something has",
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      wait: z.coerce.number().min(0).max(MAX_WAIT_S).default(0).describe("Seconds to wait"),
    }),
    handler: async ({ world, query }) => {
      const { after, wait } = query;
      if (wait > 0 && world.events.after(after, 1).length === 0) {
        const ended = world.timers.sleep(wait * 1000);
        await Promise.race([world.events.nextAppend(), ended]);
      }
      return { data: world.events.after(after, MAX_EVENTS), last: world.events.lastSeq() };
    },
  }),
];
