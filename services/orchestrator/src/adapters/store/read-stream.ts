import { EventTypeSchema, orgStream, type StreamEvent } from "@rarity/contracts/events";
import { toWireEvent } from "../../sockets/wire-event.ts";
import type { ReadStream } from "../../sockets/org-stream.ts";
import { inTenant, isoOf, type Database } from "./database.ts";

type EventBody = StreamEvent["data"];

interface EventRow {
  seq: string;
  event_id: string;
  type: string;
  data: unknown;
  at: Date;
}

/** A page of an organization's stream together with where the stream begins and ends. */
export function createStreamReader(db: Database): ReadStream {
  return (orgId, afterSeq, limit) =>
    inTenant(db, orgId, async (tx) => {
      // Events first: a head read later can only be larger, never smaller than an event just read.
      const events = await tx.query<EventRow>(
        `select p.seq - p.n + e.nth as seq, e.event ->> 'id' as event_id, e.event ->> 'type' as type,
                e.event -> 'data' as data, p.at
         from messaging.stream_page p
         cross join lateral json_array_elements(p.events) with ordinality as e (event, nth)
         where p.seq > $1 and p.seq - p.n + e.nth > $1
         order by p.seq, e.nth limit $2`,
        [afterSeq, limit],
      );
      const ends = await tx.query<{ head: string | null; oldest: string | null }>(
        `select (select seq from messaging.stream_head) as head,
                (select seq - n + 1 from messaging.stream_page order by seq limit 1) as oldest`,
      );
      const headSeq = Number(ends.rows[0]?.head ?? 0);
      return {
        headSeq,
        oldestSeq: Number(ends.rows[0]?.oldest ?? headSeq + 1),
        events: events.rows.map((row) =>
          toWireEvent(
            toStreamEvent(orgId, {
              ...row,
              seq: Number(row.seq),
              id: row.event_id,
              at: isoOf(row.at),
            }),
          ),
        ),
      };
    });
}

export function toStreamEvent(
  orgId: string,
  event: { seq: number; id: string; type: string; data: unknown; at: string },
): StreamEvent {
  const { seq, id, type, data, at } = event;
  // Our own functions wrote it; who receives a publication checks it whole.
  const stream = orgStream(orgId);
  return { v: 1, type: EventTypeSchema.parse(type), id, stream, seq, at, data: data as EventBody };
}
