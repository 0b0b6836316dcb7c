import path from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { KubeObject } from "../../api/objects.ts";
import { platformContext } from "../../testing/platform-fixtures.ts";
import { buildFoundation, buildServices } from "./build-platform.ts";
import type { PlatformContext } from "./context.ts";

interface PodTemplate {
  metadata: { labels: Record<string, unknown> };
  spec: {
    securityContext: Record<string, unknown>;
    automountServiceAccountToken: boolean;
    containers: { securityContext: Record<string, unknown>; resources: object; image: string }[];
  };
}

const all = (context: PlatformContext): KubeObject[] => [
  ...buildFoundation(context),
  ...buildServices(context),
];

const everything = { httpRoute: true, podMonitor: true, prometheusRule: true, scaledObject: true };
const cases = [
  { name: "platform-minimal", context: platformContext("platform-minimal") },
  {
    name: "platform-full",
    context: platformContext("platform-full", { capabilities: everything }),
  },
  {
    name: "platform-sandbox",
    context: platformContext("platform-minimal", {
      spec: {
        sandbox: "On",
        media: { claimName: "media" },
        hosts: { api: "api.example.com" },
        ingress: { type: "HTTPRoute", gateway: { name: "front" } },
      },
      capabilities: everything,
    }),
  },
] as const;

const podTemplates = (objects: readonly KubeObject[]): PodTemplate[] =>
  objects
    .filter(({ kind }) => kind === "Deployment" || kind === "Job")
    .map(({ spec }) => (spec as { template: PodTemplate }).template);

describe.each(cases)("what $name becomes", ({ name, context }) => {
  const objects = all(context);

  it("is as the golden file says", async () => {
    const text = objects.map((object) => stringify(object, { lineWidth: 110 })).join("---\n");
    const golden = path.join(import.meta.dirname, "testdata", `${name}.golden.yaml`);
    await expect(text).toMatchFileSnapshot(golden);
  });

  it("belongs to the Platform and has no status", () => {
    for (const object of objects) {
      expect(object.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Platform" });
      expect(object.metadata.namespace).toBe("default");
      expect(object).not.toHaveProperty("status");
    }
  });

  it("has no two objects of one kind and name", () => {
    const keys = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("meets the restricted Pod Security Standard", () => {
    const templates = podTemplates(objects);
    expect(templates.length).toBeGreaterThan(4);
    for (const { spec } of templates) {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources).toHaveProperty("limits.memory");
      }
    }
  });

  it("has a way out of the default denial for every pod", () => {
    const ways = objects
      .filter(({ kind, metadata }) => kind === "NetworkPolicy" && !metadata.name.endsWith("deny"))
      .map(
        ({ spec }) => (spec as { podSelector: { matchLabels: object } }).podSelector.matchLabels,
      );
    const templates = podTemplates(objects);
    const shut = templates.filter(
      ({ metadata }) =>
        !ways.some((labels) =>
          Object.entries(labels).every(([name, value]) => metadata.labels[name] === value),
        ),
    );
    expect(shut).toEqual([]);
  });

  it("gives a token of the Kubernetes API to the accounts service only", () => {
    const withToken = podTemplates(objects)
      .filter(({ spec }) => spec.automountServiceAccountToken)
      .map(({ spec }) => spec.containers[0]?.image);
    expect(withToken).toHaveLength(1);
    expect(JSON.stringify(objects)).not.toContain("cluster-admin");
  });
});

describe("what depends on the cluster and the spec", () => {
  const kinds = (context: PlatformContext): string[] => all(context).map(({ kind }) => kind);

  it("makes monitors and routes only where their kinds exist", () => {
    expect(kinds(platformContext("platform-full"))).not.toContain("PodMonitor");
    const off = platformContext("platform-full", {
      spec: { telemetry: { monitors: "Off" } },
      capabilities: everything,
    });
    expect(kinds(off)).not.toContain("PrometheusRule");
  });

  it("runs no auth service beside another issuer", () => {
    const auth = { issuer: "https://x.example/auth/v1", jwksUrl: "https://x.example/jwks" };
    const context = platformContext("platform-minimal", { spec: { auth } });
    const names = all(context).map(({ metadata }) => metadata.name);
    expect(names).not.toContain("rarity-auth");
    expect(JSON.stringify(all(context))).toContain("https://x.example/jwks");
  });

  it("makes no policies when they are off", () => {
    const context = platformContext("platform-minimal", { spec: { network: { policies: "Off" } } });
    expect(kinds(context)).not.toContain("NetworkPolicy");
  });

  it("budgets disruptions only where a second pod keeps serving", () => {
    const one = platformContext("platform-minimal", {
      spec: { components: [{ name: "edge", replicas: 1 }] },
    });
    const budgets = all(one).filter(({ kind }) => kind === "PodDisruptionBudget");
    expect(budgets.map(({ metadata }) => metadata.name)).not.toContain("rarity-edge");
    expect(budgets.length).toBeGreaterThan(0);
  });
});
