import { trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { annotations } from "../../api/names.ts";
import { testAccount } from "../../testing/fixtures.ts";
import { withReconcileSpan } from "./tracing.ts";

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const about = { controller: "whatsappaccount", namespace: "default", name: "sales" };
const writer = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

beforeAll(() => provider.register());
beforeEach(() => exporter.reset());
afterAll(async () => {
  trace.disable();
  await provider.shutdown();
});

const accountWith = (traceparent: string) => {
  const account = testAccount();
  account.metadata.annotations = { [annotations.traceparent]: traceparent };
  return account;
};

describe("the span of a reconcile", () => {
  it("is linked to the write that caused it, and can be continued", async () => {
    const passedOn = await withReconcileSpan(about, async (span) => {
      span.link(accountWith(writer));
      return Promise.resolve(span.traceparent);
    });
    const [span] = exporter.getFinishedSpans();
    expect(span?.name).toBe("reconcile whatsappaccount");
    expect(span?.links.map(({ context }) => context.spanId)).toEqual(["b7ad6b7169203331"]);
    expect(passedOn).toBe(`00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`);
  });

  it("takes no link from what is no trace", async () => {
    await withReconcileSpan(about, async (span) => {
      span.link(accountWith("00-0-0-zz"));
      return Promise.resolve();
    });
    expect(exporter.getFinishedSpans()[0]?.links).toEqual([]);
  });

  it("fails with the reconcile and quotes nothing", async () => {
    const failing = withReconcileSpan(about, async () =>
      Promise.reject(new Error("+4915112345678")),
    );
    await expect(failing).rejects.toThrow();
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual({ code: 2 });
    expect(JSON.stringify(span?.attributes)).not.toContain("4915112345678");
  });
});
