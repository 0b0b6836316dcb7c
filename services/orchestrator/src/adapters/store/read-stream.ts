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
        `select seq, event_id, type, data, at from messaging.stream_event
         where seq > $1 order by seq limit $2`,
        [afterSeq, limit],
      );
      const ends = await tx.query<{ head: string | null; oldest: string | null }>(
        `select (select seq from messaging.stream_head) as head,
                (select min(seq) from messaging.stream_event) as oldest`,
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
