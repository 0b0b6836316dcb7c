import { describe, expect, it } from "vitest";
import { chooseMode, type ScalingFacts } from "./choose-mode.ts";

const bare: ScalingFacts = {
  keda: false,
  externalMetrics: { owner: "nobody" },
  builtinPermitted: false,
};
const another = (servesDemand: boolean): ScalingFacts["externalMetrics"] => ({
  owner: "another",
  service: "monitoring/adapter",
  servesDemand,
});

describe("chooseMode", () => {
  it.each([
    ["KEDA wherever it is installed", { keda: true, builtinPermitted: true }, "Keda"],
    ["a foreign server that knows the metric", { externalMetrics: another(true) }, "External"],
    ["its own server in a free slot", { builtinPermitted: true }, "Builtin"],
    [
      "its own server in the slot it holds",
      { externalMetrics: { owner: "rarity" }, builtinPermitted: true },
      "Builtin",
    ],
    [
      "no foreign server that does not know the metric",
      { externalMetrics: another(false), builtinPermitted: true },
      "Direct",
    ],
    ["its own arithmetic in a bare cluster", {}, "Direct"],
  ] as const)("Auto takes %s", (_name, facts, mode) => {
    expect(chooseMode("Auto", { ...bare, ...facts })).toMatchObject({ mode, isAsAsked: true });
    expect(chooseMode(undefined, { ...bare, ...facts }).mode).toBe(mode);
  });

  it.each([
    ["Keda", {}, "NoKeda", "install KEDA"],
    ["External", { builtinPermitted: true }, "NoMetricsServer", "install a metrics server"],
    ["External", { externalMetrics: another(false) }, "MetricNotServed", "monitoring/adapter"],
    [
      "Builtin",
      { builtinPermitted: true, externalMetrics: another(true) },
      "ForeignMetricsServer",
      "belongs to monitoring/adapter",
    ],
    ["Builtin", {}, "MetricsServerOff", "turn it on"],
  ] as const)(
    "%s that cannot be had still scales, and says what to do",
    (asked, facts, reason, text) => {
      const choice = chooseMode(asked, { ...bare, ...facts });
      expect(choice).toMatchObject({ mode: "Direct", reason, isAsAsked: false });
      expect(choice.message).toContain(text);
    },
  );

  it("takes Direct when it is asked for, whatever there is", () => {
    const facts = { keda: true, externalMetrics: another(true), builtinPermitted: true };
    expect(chooseMode("Direct", facts)).toMatchObject({ mode: "Direct", isAsAsked: true });
  });
});
