import { handle, type Registration } from "@rarity/platform/http";
import { eventsRoute, eventStreamRoute } from "../../api/events.ts";
import { ledgerRoute, submissionsRoute } from "../../api/ledger.ts";
import type { World } from "../../world.ts";
import { answer } from "../answer.ts";
import type { EventStreams } from "../event-streams.ts";

const EVENTS_MAX = 500;

export const evidenceRoutes = (world: World, streams: EventStreams): Registration[] => [
  handle(ledgerRoute, ({ query }) => answer(() => ({ data: world.ledger.rows(query) }))),
  handle(submissionsRoute, ({ query }) =>
    answer(() => ({ data: world.ledger.submissions(query) })),
  ),
  handle(eventsRoute, async ({ query }) => {
    const { after, wait } = query;
    if (wait > 0 && world.events.after(after, 1).length === 0) await nextEvent(world, wait * 1000);
    return { data: world.events.after(after, EVENTS_MAX), last: world.events.lastSeq() };
  }),
  handle(eventStreamRoute, ({ query, headers, reply }) => {
    const resumed = Number(headers["last-event-id"]);
    const from = Number.isSafeInteger(resumed) ? resumed : (query.after ?? world.events.lastSeq());
    streams.open(reply, from);
    return Promise.resolve(undefined);
  }),
];

/** Resolves at the next event, at the end of the wait, or when the sandbox closes. */
function nextEvent(world: World, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stopListening();
      cancel();
      resolve();
    };
    const stopListening = world.events.onAppend(done);
    const cancel = world.timers.after(waitMs, done, done);
  });
}
