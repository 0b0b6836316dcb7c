import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectionPath } from "../client/resource-path.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { parseObjects, readObjects } from "../client/read-objects.ts";
import { openTestCluster, type TestCluster } from "../testing/cluster.ts";

const crdFolder = resolve(import.meta.dirname, "../../../../crds");

type Definition = {
  spec: { group: string; names: { kind: string; plural: string } };
};
const plurals = new Map(
  (readObjects(crdFolder) as unknown as Definition[]).map(({ spec }) => [
    spec.names.kind,
    spec.names.plural,
  ]),
);

const samples = (kind: "valid" | "invalid"): { name: string; text: string }[] => {
  const folder = join(crdFolder, "samples", kind);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
};

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster("samples");
});
afterAll(() => cluster.close());

/** What `kubectl create` and `kubectl replace` do: unknown fields are refused. */
const save = async (sample: KubeObject): Promise<KubeObject> => {
  const metadata = { ...sample.metadata, namespace: cluster.namespace };
  const found = await cluster.client.get({ ...sample, metadata });
  const collection = collectionPath(
    {
      root: `/apis/${sample.apiVersion}`,
      plural: plurals.get(sample.kind) ?? "",
      namespaced: true,
    },
    cluster.namespace,
  );
  const path = found === undefined ? collection : `${collection}/${metadata.name}`;
  const resourceVersion = found?.metadata["resourceVersion"];
  return cluster.client.request(`${path}?fieldValidation=Strict`, {
    method: found === undefined ? "POST" : "PUT",
    body: { ...sample, metadata: { ...metadata, resourceVersion } },
  });
};

const remove = async (samplesOfOne: readonly KubeObject[]): Promise<void> => {
  for (const { metadata, ...sample } of samplesOfOne) {
    const here = { ...metadata, namespace: cluster.namespace };
    await cluster.client.delete({ ...sample, metadata: here });
  }
};

const only = (text: string): KubeObject => {
  const [object] = parseObjects(text);
  if (object === undefined) throw new Error("an empty sample");
  return object;
};

describe("samples of our kinds against the real API server", () => {
  it.each(samples("valid"))("admits $name", async ({ text }) => {
    const made = await save(only(text));
    expect(made.metadata["uid"]).toBeDefined();
    await remove([made]);
  });

  // With two documents the first is admitted and changing it into the second is refused.
  it.each(samples("invalid"))("refuses $name with the message it names", async ({ text }) => {
    const expected = /# expect: (.+)/.exec(text)?.[1];
    expect(expected).toBeDefined();
    const objects = parseObjects(text);
    const last = objects.at(-1);
    for (const before of objects.slice(0, -1)) await save(before);
    await expect(save(last!)).rejects.toThrow(expected);
    await remove(objects);
  });
});

describe("WhatsAppAccount", () => {
  const full = (name: string): KubeObject => {
    const object = only(readFileSync(join(crdFolder, "samples/valid/whatsapp-full.yaml"), "utf8"));
    return { ...object, metadata: { ...object.metadata, name, namespace: cluster.namespace } };
  };

  it("does not let the organization change", async () => {
    const object = full("moves");
    await cluster.client.apply(object);
    const spec = object["spec"] as Record<string, unknown>;
    const moved = { ...object, spec: { ...spec, orgId: "018f6a2e-7c1d-7d0a-9b54-000000000000" } };
    await expect(cluster.client.apply(moved)).rejects.toThrow("orgId cannot change");
  });

  it("scales through the scale subresource and keeps status apart from spec", async () => {
    const object = full("scales");
    await cluster.client.apply(object);
    const path = `/apis/${object.apiVersion}/namespaces/${cluster.namespace}/whatsappaccounts/scales`;
    const merge = (suffix: string, body: unknown): Promise<unknown> =>
      cluster.client.request(`${path}${suffix}`, {
        method: "PATCH",
        body,
        contentType: "application/merge-patch+json",
      });
    await merge("", { status: { replicas: 2 } });
    expect((await cluster.client.get(object))?.["status"]).toBeUndefined();
    await merge("/status", { status: { replicas: 1, selector: "app=wa" } });
    await merge("/scale", { spec: { replicas: 2 } });
    const scaled = await cluster.client.get(object);
    expect(scaled).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 1 } });
  });
});
