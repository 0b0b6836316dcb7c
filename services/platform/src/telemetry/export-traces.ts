import { randomUUID } from "node:crypto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { Logger } from "../logger/index.ts";
import { announceOutage } from "./announce-outage.ts";

const exportTimeoutMs = 3_000;

export interface ExportOptions {
  serviceName: string;
  otlpEndpoint: string;
  logger: Logger;
}

/** Makes this process's spans real and sends them in batches; answers how to stop. */
export function exportTraces({ serviceName, otlpEndpoint, logger }: ExportOptions): {
  shutdown: () => Promise<void>;
} {
  const url = `${otlpEndpoint.replace(/\/$/, "")}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": serviceName,
      "service.namespace": "rarity-leads",
      "service.instance.id": randomUUID(),
      "process.pid": process.pid,
    }),
    spanProcessors: [
      // A receiver that is away fills this queue and no more; what does not fit is dropped.
      new BatchSpanProcessor(announceOutage(exporter, logger), {
        maxQueueSize: 2_048,
        maxExportBatchSize: 512,
        scheduledDelayMillis: 500,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  provider.register();
  return { shutdown: () => provider.shutdown() };
}
