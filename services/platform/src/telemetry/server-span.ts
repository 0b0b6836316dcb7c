import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { contextOf, traceparentOf } from "./spans.ts";
import { tracing } from "./tracing.ts";

export interface ServerSpan {
  /** What runs in here belongs to the request. */
  run<T>(fn: () => T): T;
  /** For the next hop's `traceparent` header. */
  readonly traceparent: string | undefined;
  end(status: number): void;
}

export interface ServedRoute {
  method: string;
  /** The pattern and never the path, so that names are few and hold no id. */
  path: string;
}

/** The span of one HTTP request, continuing the caller's trace. Undefined without telemetry. */
export function startServerSpan(
  route: ServedRoute,
  headers: Record<string, unknown>,
): ServerSpan | undefined {
  if (!tracing.on) return undefined;
  const parent = contextOf({ traceparent: headers["traceparent"] });
  const span = trace.getTracer("rarity").startSpan(
    `${route.method} ${route.path}`,
    {
      kind: SpanKind.SERVER,
      attributes: { "http.request.method": route.method, "http.route": route.path },
    },
    parent,
  );
  const within = trace.setSpan(parent, span);
  return {
    run: (fn) => context.with(within, fn),
    traceparent: traceparentOf(within),
    end: (status) => {
      span.setAttribute("http.response.status_code", status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
