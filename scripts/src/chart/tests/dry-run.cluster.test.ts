import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  createKubeClient,
  type KubeClient,
  type KubeObject,
} from "../../cluster/client/kube-client.ts";
import { readObjects } from "../../cluster/client/read-objects.ts";
import { collectionPath } from "../../cluster/client/resource-path.ts";
import { startOwnControlPlane } from "../../cluster/testing/cluster.ts";
import { projectRoot } from "../../images/project.ts";
import { monitoringCrds } from "../testing/foreign-crds.ts";
import { profileNames, renderChart } from "../testing/helm.ts";

const { programs } = inject("rarityCluster");
const monitoring = await monitoringCrds(["servicemonitors", "prometheusrules"]);

const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/** What the server says of an object it does not keep. */
const dryRun = async (client: KubeClient, object: KubeObject): Promise<unknown> => {
  const { apiVersion, kind, metadata } = object;
  const root = rootOf(apiVersion);
  type Resources = { resources: { kind: string; name: string; namespaced: boolean }[] };
  const { resources } = await client.request<Resources>(root);
  const found = resources.find((each) => each.kind === kind && !each.name.includes("/"));
  if (found === undefined) throw new Error(`${apiVersion} has no kind ${kind}`);
  const mapping = { root, plural: found.name, namespaced: found.namespaced };
  const path = `${collectionPath(mapping, metadata.namespace)}/${metadata.name}`;
  const query = "dryRun=All&fieldManager=chart&fieldValidation=Strict&force=true";
  return client.request(`${path}?${query}`, {
    method: "PATCH",
    body: object,
    contentType: "application/apply-patch+yaml",
  });
};

describe.skipIf(programs === undefined || monitoring === undefined)("every profile", () => {
  it("is taken by the real API server, object by object", async () => {
    const crds = [...readObjects(join(projectRoot, "crds")), ...(monitoring ?? [])];
    const client = createKubeClient(await startOwnControlPlane({ crds }));
    onTestFinished(() => client.close());
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "rarity" } });
    const refused: string[] = [];
    for (const profile of profileNames) {
      const objects = await renderChart(profile);
      expect(objects.length).toBeGreaterThan(10);
      // A pod is refused where its identity is not there yet.
      for (const object of objects)
        if (object.kind === "ServiceAccount") await client.apply(object, "chart");
      for (const object of objects) {
        await dryRun(client, object).catch((error: unknown) => {
          const { kind, metadata } = object;
          refused.push(`${profile} ${kind}/${metadata.name}: ${(error as Error).message}`);
        });
      }
    }
    expect(refused).toEqual([]);
  });

  it("would be refused with a field that does not exist", async () => {
    const client = createKubeClient(inject("rarityCluster").access);
    onTestFinished(() => client.close());
    const [object] = await renderChart("plain");
    const broken = { ...object, spec: { nonsense: 1 }, nonsense: 1 } as unknown as KubeObject;
    broken.metadata.namespace = "default";
    await expect(dryRun(client, broken)).rejects.toThrow(/nonsense/);
  });
});
