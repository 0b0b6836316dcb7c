import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
} from "../../cluster/client/kube-client.ts";
import { startKwok } from "../../cluster/control-plane/kwok.ts";
import { startOwnControlPlane } from "../../cluster/testing/cluster.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { chartFolder, helm, valuesOf } from "../testing/helm.ts";

const { programs, kwok } = inject("rarityCluster");
const namespace = "rarity";

/** A cluster that has never seen the project; its pods become ready and run nothing. */
const freshCluster = async (): Promise<{ client: KubeClient; kubeconfig: string }> => {
  const controlPlane = await startOwnControlPlane();
  await startKwok(controlPlane, kwok, ["fake-1"]);
  const client = createKubeClient(controlPlane);
  onTestFinished(() => client.close());
  return { client, kubeconfig: join(controlPlane.folder, "kubeconfig") };
};

const release = (verb: string, ...rest: string[]): string[] => {
  const chart = verb === "uninstall" ? [] : [chartFolder];
  const wait = ["--wait", "--timeout", "240s", "--namespace", namespace];
  return [verb, "rarity", ...chart, ...wait, ...rest];
};

type Kinds = { resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[] };

/** Everything in the cluster that carries the release's label, as `kind/name`. */
const leftovers = async (client: KubeClient): Promise<string[]> => {
  const groups = await client.request<{
    groups: { preferredVersion: { groupVersion: string } }[];
  }>("/apis");
  // A registration without a server has no objects to list.
  const versions = groups.groups
    .map(({ preferredVersion }) => preferredVersion.groupVersion)
    .filter((version) => !version.startsWith("external.metrics.k8s.io/"));
  const found: string[] = [];
  for (const root of ["/api/v1", ...versions.map((version) => `/apis/${version}`)]) {
    const { resources } = await client.request<Kinds>(root);
    for (const { name, kind, verbs } of resources) {
      if (!verbs.includes("list") || name.includes("/")) continue;
      const selector = encodeURIComponent("app.kubernetes.io/instance=rarity");
      const path = `${root}/${name}?labelSelector=${selector}`;
      const { items } = await client.request<{ items: KubeObject[] }>(path);
      found.push(...items.map(({ metadata }) => `${kind}/${metadata.name}`));
    }
  }
  // Events say what happened; they go by themselves.
  return found.filter((each) => !each.startsWith("Event/")).sort();
};

const crdNames = [
  "facebookpages",
  "instagramaccounts",
  "linkedinaccounts",
  "platforms",
  "whatsappaccounts",
  "xaccounts",
].map((plural) => `CustomResourceDefinition/${plural}.rarityleads.io`);

const untilGone = async (client: KubeClient, object: KubeObject): Promise<boolean> =>
  waitUntil(
    `${object.kind} ${object.metadata.name} to be gone`,
    async () => (await client.get(object)) === undefined,
    120_000,
  );

const namespaceObject: KubeObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace },
};

// Up to six runs of helm, of which each waits for what it has made.
const limit = { timeout: 600_000 };
describe.skipIf(programs === undefined)("a release on a real control plane", limit, () => {
  it("installs, upgrades, makes its Platform in the second run, and leaves only what is kept", async () => {
    const { client, kubeconfig } = await freshCluster();
    const dev = [...valuesOf("dev"), "--set", "crds.keep=true,platform.keep=true"];
    const first = await helm(release("install", "--create-namespace", ...dev), kubeconfig);
    expect(first).toContain("NOT MADE YET: the Platform and the sample account");
    const platform: KubeObject = {
      apiVersion: "rarityleads.io/v1alpha1",
      kind: "Platform",
      metadata: { name: "dev", namespace },
    };
    expect(await client.get(platform)).toBeUndefined();

    const second = await helm(release("upgrade", ...dev), kubeconfig);
    expect(second).not.toContain("NOT MADE YET");
    const made = await client.get(platform);
    expect(made?.["spec"]).toMatchObject({ sandbox: "On" });

    // What the operator and people write survives an upgrade that does not speak of it.
    await client.request(
      "/apis/rarityleads.io/v1alpha1/namespaces/rarity/platforms/dev?fieldManager=person",
      {
        method: "PATCH",
        body: { spec: { paused: true } },
        contentType: "application/merge-patch+json",
      },
    );
    await helm(release("upgrade", ...dev, "--set", "operator.replicas=2"), kubeconfig);
    expect((await client.get(platform))?.["spec"]).toMatchObject({ paused: true });
    const deployment = await client.get({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "rarity-rarity-leads", namespace },
    });
    expect(deployment?.["status"]).toMatchObject({ readyReplicas: 2 });

    await helm(release("uninstall"), kubeconfig);
    const onlyKept = async (): Promise<boolean> =>
      (await leftovers(client)).length === crdNames.length + 1;
    await waitUntil("nothing but what is kept", onlyKept, 120_000);
    expect(await leftovers(client)).toEqual([...crdNames, "Platform/dev"].sort());

    // Installed again, it takes up what it had kept.
    await helm(release("install", ...dev), kubeconfig);
    expect((await client.get(platform))?.metadata["uid"]).toBe(made?.metadata["uid"]);
    await helm(release("uninstall"), kubeconfig);
    await client.delete(namespaceObject);
    await untilGone(client, namespaceObject);
  });

  it("takes its kinds along where they are not kept, and its registration before its server", async () => {
    const { client, kubeconfig } = await freshCluster();
    const values = [...["--set", "crds.keep=false,externalMetrics.enabled=true"]];
    await helm(release("install", "--create-namespace", ...values), kubeconfig);
    const registration: KubeObject = {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.external.metrics.k8s.io" },
    };
    expect(await client.get(registration)).toBeDefined();
    await helm(release("uninstall"), kubeconfig);
    const nothing = async (): Promise<boolean> => (await leftovers(client)).length === 0;
    await waitUntil("nothing to be left", nothing, 120_000);
    await client.delete(namespaceObject);
    await untilGone(client, namespaceObject);
  });

  it("is refused where another server has the slot of external metrics, and names it", async () => {
    const { client, kubeconfig } = await freshCluster();
    await client.apply({
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.external.metrics.k8s.io" },
      spec: {
        ...{ group: "external.metrics.k8s.io", version: "v1beta1" },
        ...{ groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true },
        service: { namespace: "keda", name: "keda-operator-metrics-apiserver", port: 443 },
      },
    });
    const values = ["--create-namespace", "--set", "externalMetrics.enabled=true"];
    await expect(helm(release("install", ...values), kubeconfig)).rejects.toThrow(
      "external.metrics.k8s.io is served by keda/keda-operator-metrics-apiserver already",
    );
    expect(await leftovers(client)).toEqual([]);
  });
});
