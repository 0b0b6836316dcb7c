import { SpanKind, isTracing, recordSpan } from "@rarity/platform/telemetry";
import type { RelayedEvent } from "./relay.ts";

/** One span for each event in the trace of its message: from the outbox to who listens. */
export function traceRelayed(events: readonly RelayedEvent[], startedAt: Date): void {
  if (!isTracing()) return;
  for (const event of events) {
    const { messageId, status } = event.data as { messageId?: string; status?: string };
    recordSpan(event.wake ? "outbox relay" : "event publish", {
      parent: event.traceparent,
      startedAt,
      kind: SpanKind.PRODUCER,
      attributes: {
        "rarity.event": event.type,
        ...(messageId === undefined ? {} : { "messaging.message.id": messageId }),
        ...(status === undefined ? {} : { "rarity.status": status }),
      },
    });
  }
}
