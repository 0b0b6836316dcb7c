export { SpanKind } from "@opentelemetry/api";
export { startServerSpan, type ServerSpan } from "./server-span.ts";
export {
  injectTrace,
  isTracing,
  recordSpan,
  withRemoteParent,
  withSpan,
  type PastSpan,
  type SpanOptions,
} from "./spans.ts";
export { startTelemetry, type Telemetry, type TelemetryOptions } from "./start-telemetry.ts";
