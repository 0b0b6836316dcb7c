import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  isSpanContextValid,
  propagation,
  trace,
} from "@opentelemetry/api";
import type { Attributes, Context, Span } from "@opentelemetry/api";
import { tracing } from "./tracing.ts";

/**
 * Attributes hold ids, counts and names of our own. Never a text, an address of a person or a key:
 * whoever reads traces is not whoever may read messages.
 */
export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
}

export function isTracing(): boolean {
  return tracing.on;
}

/** Runs `fn` inside a span; a throw marks it failed. Without telemetry it only runs `fn`. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  fn: (span?: Span) => Promise<T> | T,
): Promise<T> {
  if (!tracing.on) return fn();
  const { kind = SpanKind.INTERNAL, attributes = {} } = options;
  return trace.getTracer("rarity").startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await fn(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

export interface PastSpan extends SpanOptions {
  /** The stored traceparent of the work this belongs to; without one there is no span. */
  parent: string | null | undefined;
  startedAt: Date;
}

/** A span for something that is over and whose trace is known only now. */
export function recordSpan(name: string, past: PastSpan): void {
  if (!tracing.on || !past.parent) return;
  const { kind = SpanKind.INTERNAL, attributes = {}, startedAt: startTime } = past;
  const parent = contextOf({ traceparent: past.parent });
  trace.getTracer("rarity").startSpan(name, { kind, attributes, startTime }, parent).end();
}

/** The W3C traceparent of the current span, to be stored with work done later or elsewhere. */
export function injectTrace(): string | undefined {
  return tracing.on ? traceparentOf(context.active()) : undefined;
}

/** Continues a trace that began in another process. */
export function withRemoteParent<T>(traceparent: string | null | undefined, fn: () => T): T {
  if (!tracing.on || !traceparent) return fn();
  return context.with(contextOf({ traceparent }), fn);
}

export function contextOf(carrier: Record<string, unknown>): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}

export function traceparentOf(of: Context): string | undefined {
  const current = trace.getSpanContext(of);
  if (current === undefined || !isSpanContextValid(current)) return undefined;
  const flags = current.traceFlags.toString(16).padStart(2, "0");
  return `00-${current.traceId}-${current.spanId}-${flags}`;
}

/** The kind of failure and not its words, which may quote what somebody wrote. */
function markFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const name = error instanceof Error ? error.name : "unknown";
  span.setAttribute("error.type", typeof code === "string" ? code : name);
}
