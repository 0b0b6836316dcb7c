import { describe, expect, it } from "vitest";
import { platformContext } from "../../testing/platform-fixtures.ts";
import { readScaling, type ReadScalingDeps } from "./read-scaling.ts";

const service = { namespace: "rarity-system", name: "rarity-metrics" };
const keda = { url: "https://rarity-metrics.rarity-system.svc:8443", authenticationName: "rarity" };
const apiService = (owner: { namespace: string; name: string } | null) => ({
  metadata: { uid: "1", resourceVersion: "1" },
  spec: { service: owner },
});

/** An API server with this APIService, and this answer to the metric. */
const apiOf = (registered: unknown, metric?: unknown): ReadScalingDeps["api"] => ({
  read: async <T>(path: string) => {
    if (path.startsWith("/apis/apiregistration")) return Promise.resolve(registered as T);
    if (metric instanceof Error) throw metric;
    return Promise.resolve(metric as T);
  },
});

const { platform } = platformContext("platform-minimal");
const read = (parts: Partial<ReadScalingDeps>, scaling = {}) =>
  readScaling(
    {
      ...{ api: apiOf(undefined), service, keda: undefined },
      servesScaledObjects: async () => Promise.resolve(true),
      ...parts,
    },
    { ...platform, spec: { ...platform.spec, scaling } },
  );

describe("readScaling", () => {
  it.each([
    ["Builtin in a free slot", {}, "Builtin"],
    ["Builtin in the slot it holds", { api: apiOf(apiService(service)) }, "Builtin"],
    ["Direct without a server of its own", { service: undefined }, "Direct"],
    [
      "External where another server knows the metric",
      { api: apiOf(apiService({ namespace: "monitoring", name: "adapter" }), { items: [{}] }) },
      "External",
    ],
    [
      "Direct where another server does not know it",
      { api: apiOf(apiService({ namespace: "monitoring", name: "adapter" }), { items: [] }) },
      "Direct",
    ],
    [
      "Direct where another server fails",
      { api: apiOf(apiService({ namespace: "monitoring", name: "adapter" }), new Error("away")) },
      "Direct",
    ],
    [
      "External where somebody else knows the metric, without a server of its own",
      { service: undefined, api: apiOf(undefined, { items: [{}] }) },
      "External",
    ],
    ["Keda where it is known how KEDA reads", { keda }, "Keda"],
  ] as const)("takes %s", async (_name, parts, mode) => {
    expect((await read(parts)).choice.mode).toBe(mode);
  });

  it("takes no Keda where the cluster has no ScaledObjects", async () => {
    const settings = await read(
      { keda, servesScaledObjects: async () => Promise.resolve(false) },
      { mode: "Keda" },
    );
    expect(settings.choice).toMatchObject({ mode: "Direct", reason: "NoKeda", isAsAsked: false });
  });

  it("hands KEDA the fallback of the Platform", async () => {
    expect((await read({ keda }, { fallbackReplicas: 4 })).kedaSource).toEqual({
      ...keda,
      fallbackReplicas: 4,
    });
  });

  it("fails when the cluster cannot be asked, rather than changing the mode", async () => {
    const api = { read: async () => Promise.reject(new Error("away")) };
    await expect(read({ api })).rejects.toThrow("away");
  });
});
