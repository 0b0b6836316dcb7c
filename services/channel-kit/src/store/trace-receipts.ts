import { SpanKind, isTracing, recordSpan } from "@rarity/platform/telemetry";
import { z } from "zod";

const receiptsAnswer = z.object({
  traces: z
    .array(z.object({ messageId: z.string(), status: z.string(), traceparent: z.string() }))
    .nullish(),
});

/** A stored receipt belongs to the trace of its message, which only the database knows. */
export function traceReceipts(answer: unknown, startedAt: Date): void {
  if (!isTracing()) return;
  for (const { messageId, status, traceparent } of receiptsAnswer.parse(answer).traces ?? []) {
    recordSpan("receipt", {
      parent: traceparent,
      startedAt,
      kind: SpanKind.CONSUMER,
      attributes: { "messaging.message.id": messageId, "rarity.status": status },
    });
  }
}
