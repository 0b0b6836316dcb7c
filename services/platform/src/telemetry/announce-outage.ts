import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { Logger } from "../logger/index.ts";

/** Says once that the receiver is away and once that it is back, however many batches fail. */
export function announceOutage(
  exporter: SpanExporter,
  logger: Pick<Logger, "warn" | "info">,
): SpanExporter {
  let away = false;
  const note = (failed: boolean, reason: string): void => {
    if (failed === away) return;
    away = failed;
    if (failed) logger.warn({ reason }, "traces are not taken by their receiver; they are dropped");
    else logger.info("traces are taken again");
  };
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        // Code 0 is success; the message may hold an address and nothing of a span.
        const code: number = result.code;
        note(code !== 0, result.error?.message ?? "no reason given");
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
