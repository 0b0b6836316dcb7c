import { randomUUID } from "node:crypto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const exportTimeoutMs = 3_000;
const shutdownMs = 3_000;

/** Sends this operator's spans to an OTLP/HTTP receiver, in batches; answers how to stop. */
export const exportTraces = (otlpEndpoint: string): { stop(): Promise<void> } => {
  const url = `${otlpEndpoint.replace(/\/$/, "")}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "operator",
      "service.namespace": "rarity-leads",
      "service.instance.id": randomUUID(),
    }),
    spanProcessors: [
      // A receiver that is away fills this queue and no more; what does not fit is dropped.
      new BatchSpanProcessor(exporter, {
        maxQueueSize: 2_048,
        maxExportBatchSize: 512,
        scheduledDelayMillis: 500,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  provider.register();
  return {
    stop: async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => resolve(undefined), shutdownMs);
      // A receiver that fails at the very end must not make an orderly stop a failed one.
      await Promise.race([provider.shutdown().catch(() => undefined), promise]);
      clearTimeout(timer);
    },
  };
};
