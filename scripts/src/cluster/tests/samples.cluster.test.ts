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

/** What `kubectl create` does: unknown fields are refused. */
const create = (object: KubeObject): Promise<KubeObject> => {
  const mapping = {
    root: `/apis/${object.apiVersion}`,
    plural: plurals.get(object.kind) ?? "",
    namespaced: true,
  };
  const path = collectionPath(mapping, cluster.namespace);
  const body = { ...object, metadata: { ...object.metadata, namespace: cluster.namespace } };
  return cluster.client.request(`${path}?fieldValidation=Strict`, { method: "POST", body });
};

const only = (text: string): KubeObject => {
  const [object] = parseObjects(text);
  if (object === undefined) throw new Error("an empty sample");
  return object;
};

describe("samples of our kinds against the real API server", () => {
  it.each(samples("valid"))("admits $name", async ({ text }) => {
    const made = await create(only(text));
    expect(made.metadata["uid"]).toBeDefined();
  });

  it.each(samples("invalid"))("refuses $name with the message it names", async ({ text }) => {
    const expected = /# expect: (.+)/.exec(text)?.[1];
    expect(expected).toBeDefined();
    await expect(create(only(text))).rejects.toThrow(expected);
  });
});

describe("WhatsAppAccount", () => {
  const full = (name: string): KubeObject => {
    const object = only(readFileSync(join(crdFolder, "samples/valid/full.yaml"), "utf8"));
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
