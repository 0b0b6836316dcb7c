import { describe, expect, it } from "vitest";
import { readEnvironment } from "./read-environment.ts";

const inCluster = {
  CLUSTER: "kubernetes",
  OPERATOR_VERSION: "0.1.0",
  POD_NAME: "rarity-0",
  POD_NAMESPACE: "rarity",
};
const problemsOf = (variables: Record<string, string>): string[] => {
  const reading = readEnvironment(variables);
  return reading.ok ? [] : reading.problems;
};

describe("the environment of an operator on Kubernetes", () => {
  it("needs its version only; everything else has a default", () => {
    const reading = readEnvironment({ CLUSTER: "kubernetes", OPERATOR_VERSION: "0.1.0" });
    expect(reading).toMatchObject({
      ok: true,
      config: {
        ...{ cluster: "kubernetes", host: "0.0.0.0", port: 8080, leaseName: "rarity-leads" },
        ...{ deletionDeadlineMs: 120_000, pollIntervalMs: 1_000 },
        ...{ namespaces: undefined, metricsServer: undefined, serviceUrls: undefined },
      },
    });
  });

  it("takes what the chart sets", () => {
    const reading = readEnvironment({
      ...inCluster,
      ...{ PORT: "8080", WATCH_NAMESPACES: "sales, support", LEASE_NAME: "one" },
      ...{ EXTERNAL_METRICS_PORT: "9443", EXTERNAL_METRICS_SERVICE: "one-external-metrics" },
      ...{ EXTERNAL_METRICS_REGISTER: "false", KEDA_AUTHENTICATION: "rarity" },
      OTEL_EXPORTER_OTLP_ENDPOINT: "",
    });
    expect(reading).toMatchObject({
      ok: true,
      config: {
        ...{ podName: "rarity-0", podNamespace: "rarity", leaseName: "one" },
        namespaces: ["sales", "support"],
        metricsServer: {
          ...{ port: 9443, service: "one-external-metrics" },
          ...{ mayRegister: false, kedaAuthentication: "rarity" },
        },
        otlpEndpoint: undefined,
      },
    });
  });

  it("says every problem at once, and no value", () => {
    const problems = problemsOf({
      ...{ CLUSTER: "kubernetes", PORT: "secret-port", WATCH_NAMESPACES: "sales,Not_A_Name" },
      EXTERNAL_METRICS_PORT: "9443",
    });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      ...["PORT", "OPERATOR_VERSION", "WATCH_NAMESPACES.1"],
    ]);
    expect(problems.join()).not.toMatch(/secret-port|Not_A_Name/);
  });

  it.each([
    ["EXTERNAL_METRICS_PORT", "9443", "EXTERNAL_METRICS_SERVICE"],
    ["EXTERNAL_METRICS_SERVICE", "one", "EXTERNAL_METRICS_PORT"],
    ["ORCHESTRATOR_URL", "http://127.0.0.1:3000", "ACCOUNTS_URL"],
  ])("wants %s not alone", (name, value, other) => {
    expect(problemsOf({ ...inCluster, [name]: value })).toEqual([
      `${other}: must be set together with ${name}`,
    ]);
  });
});

describe("the environment of the local runtime", () => {
  it("is read when no cluster is named, and refuses to listen to the network", () => {
    const problems = problemsOf({ HOST: "0.0.0.0" });
    expect(problems).toContain("HOST: must be a loopback address");
    expect(problems.map((problem) => problem.split(":")[0])).toContain("DATA_DIR");
  });

  it("knows no other clusters", () => {
    expect(problemsOf({ CLUSTER: "nomad" })).toEqual(["CLUSTER: must be local or kubernetes"]);
  });
});
