import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import {
  ownGrants,
  registrationGrants,
  reviewGrants,
  rulesOf,
  watchedGrants,
} from "../../../../operator/src/api/rbac.ts";
import { memorySettings } from "../../bench/operator/replicas.ts";
import type { KubeObject } from "../../cluster/client/kube-client.ts";
import { readObjects } from "../../cluster/client/read-objects.ts";
import { projectRoot } from "../../images/project.ts";
import {
  chartFolder,
  find,
  helm,
  ourKinds,
  podSpecs,
  profileNames,
  renderChart,
  valuesOf,
} from "../testing/helm.ts";

const { programs } = inject("rarityCluster");
const name = "rarity-rarity-leads";

type Ruled = KubeObject & { rules: unknown };

const operatorEnv = (objects: KubeObject[]): Record<string, string | undefined> => {
  const [pod] = podSpecs(objects.filter(({ kind }) => kind === "Deployment"));
  const [operator] = pod?.containers ?? [];
  return Object.fromEntries((operator?.env ?? []).map((each) => [each.name, each.value]));
};

describe.skipIf(programs === undefined).each(profileNames)("profile %s", (profile) => {
  it("passes helm lint --strict", async () => {
    const output = await helm(["lint", "--strict", ...valuesOf(profile), chartFolder]);
    expect(output).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  it("runs every pod as Pod Security restricted asks, with a memory limit", async () => {
    const pods = podSpecs(await renderChart(profile));
    expect(pods.length).toBeGreaterThan(1);
    for (const pod of pods) {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources?.limits?.memory).toMatch(/^\d+Mi$/);
      }
    }
  });

  it("labels every object, and names none longer than a label may be", async () => {
    for (const { kind, metadata } of await renderChart(profile)) {
      expect(metadata["labels"], `${kind}/${metadata.name}`).toMatchObject({
        "app.kubernetes.io/instance": "rarity",
        "app.kubernetes.io/part-of": "rarity-leads",
      });
      expect(metadata.name.length).toBeLessThanOrEqual(63);
    }
  });

  it("keeps to its own namespace but for the API server's own Role", async () => {
    for (const { kind, metadata } of await renderChart(profile)) {
      const isAuthReader = metadata.name.endsWith("-external-metrics") && kind === "RoleBinding";
      const allowed = isAuthReader ? ["kube-system"] : ["rarity", undefined];
      expect(allowed, `${kind}/${metadata.name}`).toContain(metadata.namespace);
    }
  });

  it("gives two objects of a kind two names", async () => {
    const keys = (await renderChart(profile)).map(
      ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe.skipIf(programs === undefined)("rights", () => {
  it("grants the operator what operator/src/api/rbac.ts lists, and nothing else", async () => {
    const objects = await renderChart("production");
    expect((find(objects, "ClusterRole", name) as Ruled).rules).toEqual(rulesOf(watchedGrants));
    const metrics = find(objects, "ClusterRole", `${name}-external-metrics`) as Ruled;
    expect(metrics.rules).toEqual(rulesOf([...reviewGrants, ...registrationGrants]));
    const plain = await renderChart("plain");
    expect((find(plain, "Role", `${name}-own`) as Ruled).rules).toEqual(rulesOf(ownGrants));
  });

  it("never grants everything: no star, no escalate, no bind, no impersonate", () => {
    const metrics = [...reviewGrants, ...registrationGrants];
    const all = [...watchedGrants, ...ownGrants, ...metrics].flatMap(
      ({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs],
    );
    expect(all).not.toContain("*");
    for (const verb of ["escalate", "bind", "impersonate"]) expect(all).not.toContain(verb);
  });

  it("serves KEDA alone without a right on the registration, which is KEDA's", async () => {
    const keda = ["--set", "externalMetrics.kedaAuthentication=rarity"];
    const objects = await renderChart("plain", keda);
    const metrics = find(objects, "ClusterRole", `${name}-external-metrics`) as Ruled;
    expect(metrics.rules).toEqual(rulesOf(reviewGrants));
    expect(find(objects, "APIService")).toBeUndefined();
    expect(find(objects, "Service", `${name}-external-metrics`)).toBeDefined();
    expect(operatorEnv(objects)).toMatchObject({
      EXTERNAL_METRICS_REGISTER: "false",
      KEDA_AUTHENTICATION: "rarity",
    });
  });

  it("restricted has nothing that belongs to the cluster", async () => {
    const kinds = (await renderChart("restricted")).map(({ kind }) => kind);
    for (const kind of [
      "ClusterRole",
      "ClusterRoleBinding",
      "CustomResourceDefinition",
      "APIService",
    ])
      expect(kinds).not.toContain(kind);
    const role = find(await renderChart("restricted"), "Role", name) as Ruled;
    expect(role.rules).toEqual(rulesOf(watchedGrants));
  });
});

it.skipIf(programs === undefined)(
  "runs the operator with the memory settings measured",
  async () => {
    expect(operatorEnv(await renderChart("plain"))).toMatchObject(memorySettings);
  },
);

describe.skipIf(programs === undefined)("what values switch", () => {
  it("a budget only where two pods are: with one it would block drains", async () => {
    const budget = "PodDisruptionBudget";
    expect(find(await renderChart("plain"), budget)).toBeUndefined();
    expect(find(await renderChart("production"), budget)?.["spec"]).toMatchObject({
      maxUnavailable: 1,
    });
  });

  it("monitoring only where it is asked for", async () => {
    const kinds = (objects: KubeObject[]): string[] => objects.map(({ kind }) => kind);
    const monitoring = ["ServiceMonitor", "PrometheusRule"];
    expect(kinds(await renderChart("plain"))).not.toEqual(expect.arrayContaining(monitoring));
    const production = await renderChart("production");
    expect(kinds(production)).toEqual(expect.arrayContaining(monitoring));
    const dashboard = find(production, "ConfigMap", `${name}-dashboard`) as unknown as {
      data: Record<string, string>;
    };
    const { panels } = JSON.parse(dashboard.data["rarity-leads-operator.json"] ?? "") as {
      panels: { targets: { expr: string }[] }[];
    };
    expect(panels.length).toBeGreaterThan(5);
  });

  it("every alert has a severity, says what it means, and has a runbook in this repository", async () => {
    const { groups } = find(await renderChart("production"), "PrometheusRule")?.["spec"] as {
      groups: {
        rules: {
          alert: string;
          labels: { severity: string };
          annotations: Record<string, string>;
        }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(3);
    for (const { alert, labels, annotations } of rules) {
      expect(["warning", "critical"]).toContain(labels.severity);
      expect(annotations["summary"] !== "" && annotations["description"] !== "").toBe(true);
      const runbook = readFileSync(join(projectRoot, annotations["runbook_url"] ?? ""), "utf8");
      expect(runbook).toContain(`# ${alert}`);
    }
  });

  it("carries the project's kinds word for word, kept unless told otherwise", async () => {
    const withoutMetadata = (objects: KubeObject[]): unknown[] =>
      objects.map(({ metadata, ...rest }) => ({ ...rest, name: metadata.name }));
    const crds = (await renderChart("plain")).filter(
      ({ kind }) => kind === "CustomResourceDefinition",
    );
    const source = readObjects(join(projectRoot, "crds"));
    const byName = (a: unknown, b: unknown): number =>
      (a as { name: string }).name < (b as { name: string }).name ? -1 : 1;
    expect(withoutMetadata(crds).sort(byName)).toEqual(withoutMetadata(source).sort(byName));
    const policy = { "helm.sh/resource-policy": "keep" };
    for (const { metadata } of crds) expect(metadata["annotations"]).toEqual(policy);
    const dev = find(await renderChart("dev"), "CustomResourceDefinition");
    expect(dev?.metadata["annotations"]).toBeUndefined();
  });

  it("makes the Platform and the sample once their kinds are known, and says so before", async () => {
    expect(find(await renderChart("dev"), "Platform", "dev")).toBeDefined();
    expect(find(await renderChart("dev"), "WhatsAppAccount")).toBeDefined();
    const first = await helm(["template", "rarity", chartFolder, ...valuesOf("dev")]);
    expect(first).not.toContain("kind: Platform\nmetadata");
    const dryRun = ["install", "rarity", chartFolder, ...valuesOf("dev"), "--dry-run=client"];
    const notes = await helm([...dryRun, "--namespace", "rarity"]);
    expect(notes).toContain("NOT MADE YET: the Platform and the sample account");
  });

  it("pins the image by digest over the tag", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const objects = await renderChart("plain", ["--set", `image.tag=x,image.digest=${digest}`]);
    for (const { containers } of podSpecs(objects))
      for (const { image } of containers) expect(image).toBe(`rarity-leads/operator@${digest}`);
  });
});

describe.skipIf(programs === undefined)("values that are refused", () => {
  it.each([
    ["an unknown value", "operator.replica=2", /replica/],
    ["an unknown value below", "image.tga=x", /tga/],
    ["an unknown value at the top", "operators.replicas=2", /operators/],
    ["a text for a number", "operator.replicas=two", /replicas/],
    ["too many", "operator.replicas=50", /replicas|maximum|5/],
    ["a word that is none of the list", "image.pullPolicy=Sometimes", /pullPolicy/],
    ["a digest that is none", "image.digest=latest", /digest/],
    ["a namespace that cannot exist", "operator.watchNamespaces={Upper}", /watchNamespaces/],
  ])("%s", async (_what, value, message) => {
    const template = ["template", "rarity", chartFolder, ...ourKinds];
    await expect(helm([...template, "--set-string", value])).rejects.toThrow(message);
  });

  it("an identity that is neither made nor named", async () => {
    await expect(renderChart("plain", ["--set", "serviceAccount.create=false"])).rejects.toThrow(
      "serviceAccount.create is false: set serviceAccount.name",
    );
  });
});
