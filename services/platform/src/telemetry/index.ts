import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
} from "@opentelemetry/api";
import type { Attributes, Span } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";

export interface Telemetry {
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  serviceName: string;
  /** Base URL of an OTLP/HTTP receiver. Absent: tracing costs nothing. */
  otlpEndpoint?: string | undefined;
  sampleRatio?: number;
}

export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { serviceName, otlpEndpoint, sampleRatio = 1 } = options;
  if (!otlpEndpoint) return { shutdown: () => Promise.resolve() };
  const url = `${otlpEndpoint.replace(/\/$/, "")}/v1/traces`;
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url }), { scheduledDelayMillis: 500 }),
    ],
  });
  provider.register();
  return { shutdown: () => provider.shutdown() };
}

export { SpanKind } from "@opentelemetry/api";

export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
}

/** Runs `fn` inside a span; a throw marks it failed. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  fn: (span: Span) => Promise<T> | T,
): Promise<T> {
  const { kind = SpanKind.INTERNAL, attributes = {} } = options;
  return trace.getTracer("rarity").startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await fn(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.recordException(error instanceof Error ? error : String(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The W3C traceparent of the current span, to be stored with work done later or elsewhere. */
export function injectTrace(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier["traceparent"];
}

/** Continues a trace that began in another process. */
export function withRemoteParent<T>(traceparent: string | null | undefined, fn: () => T): T {
  if (!traceparent) return fn();
  return context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), fn);
}
