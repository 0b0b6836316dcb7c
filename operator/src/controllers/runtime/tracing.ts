import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Link,
  type SpanContext,
} from "@opentelemetry/api";
import { annotations } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The W3C trace context of the write that made an object as it is, where the writer left one. */
export const traceOf = (object: KubeObject | undefined): SpanContext | undefined => {
  const text = object?.metadata.annotations?.[annotations.traceparent];
  const match = text === undefined ? null : pattern.exec(text);
  if (match === null) return undefined;
  const [, traceId = "", spanId = "", flags = "00"] = match;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const found = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
};

export interface ReconcileSpan {
  /** The object as it was read: its writer's trace is linked, and whoever asked can find both. */
  link(object: KubeObject | undefined): void;
  /** For whoever continues this work: the trace context of this reconcile. */
  readonly traceparent: string | undefined;
}

/** One span for one reconcile. Without an exporter it costs next to nothing. */
export const withReconcileSpan = async <T>(
  about: { controller: string; namespace: string; name: string },
  run: (span: ReconcileSpan) => Promise<T>,
): Promise<T> => {
  const { controller, namespace, name } = about;
  const tracer = trace.getTracer("rarity-operator");
  const attributes = {
    "k8s.namespace.name": namespace,
    "rarity.controller": controller,
    "rarity.object.name": name,
  };
  const kind = SpanKind.INTERNAL;
  const span = tracer.startSpan(`reconcile ${controller}`, { kind, attributes }, ROOT_CONTEXT);
  const own: ReconcileSpan = {
    link: (object) => {
      const cause = traceOf(object);
      const link: Link | undefined = cause === undefined ? undefined : { context: cause };
      if (link !== undefined) span.addLink(link);
      if (object?.metadata.generation !== undefined) {
        span.setAttribute("rarity.object.generation", object.metadata.generation);
      }
    },
    traceparent: traceparentOf(span.spanContext()),
  };
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => run(own));
  } catch (error) {
    // The kind of failure and not its words, which may quote what somebody wrote.
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute("error.type", error instanceof Error ? error.name : "unknown");
    throw error;
  } finally {
    span.end();
  }
};

const traceparentOf = (of: SpanContext): string | undefined => {
  if (!isSpanContextValid(of)) return undefined;
  return `00-${of.traceId}-${of.spanId}-${of.traceFlags.toString(16).padStart(2, "0")}`;
};
