import type { Logger } from "../logger/index.ts";
import { tracing } from "./tracing.ts";

export interface Telemetry {
  /** Sends what is left, for three seconds at most. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  serviceName: string;
  /** Base URL of an OTLP/HTTP receiver. Absent: tracing costs nothing, not even its code in memory. */
  otlpEndpoint?: string | undefined;
  logger: Logger;
}

const shutdownMs = 3_000;

/**
 * Traces of this process to an OTLP receiver. Standard variables (OTEL_TRACES_SAMPLER,
 * OTEL_EXPORTER_OTLP_HEADERS) are read by the SDK itself.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { otlpEndpoint } = options;
  if (!otlpEndpoint) return { shutdown: () => Promise.resolve() };
  const { exportTraces } = await import("./export-traces.ts");
  const exporting = exportTraces({ ...options, otlpEndpoint });
  tracing.on = true;
  return {
    shutdown: async () => {
      tracing.on = false;
      await atMost(shutdownMs, exporting.shutdown());
    },
  };
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  // A receiver that fails at the very end must not make an orderly stop a failed one.
  await Promise.race([work.catch(() => undefined), promise]);
  clearTimeout(timer);
}
