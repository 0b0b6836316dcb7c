import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
} from "../../cluster/client/kube-client.ts";
import { parseObjects } from "../../cluster/client/read-objects.ts";
import { openTestCluster, type TestCluster } from "../../cluster/testing/cluster.ts";
import { projectRoot } from "../../images/project.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { renderChart } from "../testing/helm.ts";

/** The operator's rights as the chart grants them, tried by the operator's name on a real API server. */
const { programs } = inject("rarityCluster");

let cluster: TestCluster;
let operator: KubeClient;
beforeAll(async () => {
  cluster = await openTestCluster("rights");
  const authority = await cluster.authority();
  const commonName = `system:serviceaccount:${cluster.namespace}:rarity-rarity-leads`;
  const pair = await authority.sign({ commonName });
  operator = createKubeClient({ ...cluster.access, ...pair });
  if (programs === undefined) return;
  const namespaces = ["--set", `operator.watchNamespaces={${cluster.namespace}}`];
  const kinds = ["ServiceAccount", "Role", "RoleBinding"];
  for (const object of await renderChart("plain", namespaces, cluster.namespace))
    if (kinds.includes(object.kind)) await cluster.client.apply(object);
  // The server learns of them a moment after it has answered: one right out of each of the two roles.
  await waitUntil(
    "the roles to be in force",
    async () => {
      const hasWatched = await may("patch", "rarityleads.io", "whatsappaccounts/status");
      return hasWatched && may("create", "coordination.k8s.io", "leases");
    },
    60_000,
  );
});
afterAll(async () => {
  await operator.close();
  await cluster.close();
});

const golden = (name: string): KubeObject[] => {
  const folder = join(projectRoot, "operator/src/desired/platform/testdata");
  const text = readFileSync(join(folder, `${name}.golden.yaml`), "utf8");
  return parseObjects(text).map((object) => ({
    ...object,
    // Without their owner, who is not there: the collector of garbage would take a Role at once.
    metadata: { ...object.metadata, namespace: cluster.namespace, ownerReferences: undefined },
  }));
};

type Review = { status: { allowed: boolean } };

/** What the API server says the operator may do. */
const may = async (verb: string, group: string, resource: string): Promise<boolean> => {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const [name = "", subresource] = resource.split("/");
  const { namespace } = cluster;
  const attributes = { namespace, verb, group, resource: name, subresource };
  const body = { spec: { resourceAttributes: attributes } };
  return (await operator.request<Review>(path, { method: "POST", body })).status.allowed;
};

const groupOf = ({ apiVersion }: KubeObject): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";

const rootOf = (object: KubeObject): string =>
  groupOf(object) === "" ? `/api/${object.apiVersion}` : `/apis/${object.apiVersion}`;

/** Undefined where the cluster has no such kind. */
const pluralOf = async (object: KubeObject): Promise<string | undefined> => {
  type Resources = { resources: { name: string; kind: string }[] };
  const served = await operator.request<Resources>(rootOf(object)).catch(() => undefined);
  return served?.resources.find(({ kind, name }) => kind === object.kind && !name.includes("/"))
    ?.name;
};

/** Without keeping it, but for roles: a RoleBinding is refused where its Role is not there. */
const applyOnce = (object: KubeObject, plural: string): Promise<unknown> => {
  const path = `${rootOf(object)}/namespaces/${cluster.namespace}/${plural}/${object.metadata.name}`;
  const dryRun = ["Role", "RoleBinding"].includes(object.kind) ? "" : "&dryRun=All";
  return operator.request(`${path}?fieldManager=rarity-operator&force=true${dryRun}`, {
    method: "PATCH",
    body: object,
    contentType: "application/apply-patch+yaml",
  });
};

/** The server learns of a new Role a moment after it has answered; until then a binding to it is "not found". */
const apply = async (object: KubeObject, plural: string): Promise<unknown> =>
  object.kind === "RoleBinding"
    ? waitUntil(object.metadata.name, () => applyOnce(object, plural), 60_000)
    : applyOnce(object, plural);

describe.skipIf(programs === undefined)("the operator's rights", () => {
  it.each(["platform-minimal", "platform-sandbox", "platform-full"])(
    "suffice to apply and delete everything of %s that this cluster has kinds for",
    async (name) => {
      const refused: string[] = [];
      const skipped = new Set<string>();
      for (const object of golden(name)) {
        const plural = await pluralOf(object);
        if (plural === undefined) {
          skipped.add(object.kind);
          continue;
        }
        await apply(object, plural).catch((error: unknown) =>
          refused.push(`${object.kind}: ${(error as Error).message}`),
        );
        if (!(await may("delete", groupOf(object), plural))) refused.push(`delete ${plural}`);
      }
      expect(refused).toEqual([]);
      // Kinds of others, which this control plane has not.
      const foreign = ["HTTPRoute", "PodMonitor", "PrometheusRule", "ScaledObject"];
      for (const kind of skipped) expect(foreign).toContain(kind);
    },
  );

  it.each([
    ["patch", "gateway.networking.k8s.io", "httproutes"],
    ["patch", "monitoring.coreos.com", "podmonitors"],
    ["patch", "monitoring.coreos.com", "prometheusrules"],
    ["patch", "keda.sh", "scaledobjects"],
    ["patch", "autoscaling", "horizontalpodautoscalers"],
    ["patch", "rarityleads.io", "whatsappaccounts/status"],
    ["create", "coordination.k8s.io", "leases"],
    ["create", "events.k8s.io", "events"],
    ["get", "", "secrets"],
  ])("let it %s %s/%s", async (verb, group, resource) => {
    expect(await may(verb, group, resource)).toBe(true);
  });

  it.each([
    ["list", "", "secrets"],
    ["watch", "", "secrets"],
    ["create", "", "secrets"],
    ["create", "", "pods"],
    ["create", "", "pods/exec"],
    ["delete", "", "namespaces"],
    ["create", "rbac.authorization.k8s.io", "clusterroles"],
    ["escalate", "rbac.authorization.k8s.io", "roles"],
    ["bind", "rbac.authorization.k8s.io", "roles"],
    ["impersonate", "", "serviceaccounts"],
    ["create", "rarityleads.io", "platforms"],
    ["delete", "rarityleads.io", "platforms"],
    ["patch", "apiextensions.k8s.io", "customresourcedefinitions"],
  ])("do not let it %s %s/%s", async (verb, group, resource) => {
    expect(await may(verb, group, resource)).toBe(false);
  });

  it("cannot be used to grant more than it has", async () => {
    const role: KubeObject = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "more", namespace: cluster.namespace },
    };
    const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }];
    await expect(operator.apply({ ...role, rules })).rejects.toThrow(
      "attempting to grant RBAC permissions not currently held",
    );
  });

  it("end at its namespaces", async () => {
    const elsewhere = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default" };
    await expect(operator.list(elsewhere)).rejects.toMatchObject({ code: 403 });
  });
});
