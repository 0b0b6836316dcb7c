import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { KubeObject } from "../../../api/objects.ts";
import { createTestStore, crdFolder } from "../../../testing/fixtures.ts";
import { applyObject } from "../local-cluster.ts";

const samples = (kind: "valid" | "invalid"): { name: string; text: string }[] => {
  const folder = path.join(crdFolder, "samples", kind);
  return readdirSync(folder).map((name) => ({
    name,
    text: readFileSync(path.join(folder, name), "utf8"),
  }));
};

describe("WhatsAppAccount schema", () => {
  it.each(samples("valid"))("admits $name", ({ text }) => {
    const object = parse(text) as KubeObject;
    expect(applyObject(createTestStore(), object, "user").metadata.uid).toBeDefined();
  });

  it.each(samples("invalid"))("refuses $name with the message it names", ({ text }) => {
    const expected = /# expect: (.+)/.exec(text)?.[1];
    expect(expected).toBeDefined();
    const apply = (): unknown => applyObject(createTestStore(), parse(text) as KubeObject, "user");
    expect(apply).toThrow(expected);
  });

  it.each([
    ["orgId", "018f6a2e-7c1d-7d0a-9b54-000000000000", "orgId cannot change"],
    ["accountId", "018f6a2e-7c1d-7d0a-9b54-000000000000", "accountId cannot change"],
  ])("refuses to change %s", (field, value, message) => {
    const store = createTestStore();
    const text = readFileSync(path.join(crdFolder, "samples/valid/full.yaml"), "utf8");
    const object = parse(text) as KubeObject;
    applyObject(store, object, "user");
    const changed = { ...object, spec: { ...(object.spec as object), [field]: value } };
    expect(() => applyObject(store, changed, "user")).toThrow(message);
  });

  it("describes every field", () => {
    const file = path.join(crdFolder, "whatsappaccounts.rarityleads.io.yaml");
    const crd = parse(readFileSync(file, "utf8")) as {
      spec: { versions: { schema: { openAPIV3Schema: object } }[] };
    };
    const missing: string[] = [];
    const visit = (schema: Record<string, unknown>, at: string): void => {
      if (typeof schema["description"] !== "string") missing.push(at);
      for (const [name, field] of Object.entries(
        (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        visit(field, `${at}.${name}`);
      }
      if (schema["items"] !== undefined)
        visit(schema["items"] as Record<string, unknown>, `${at}[]`);
    };
    visit(crd.spec.versions[0]!.schema.openAPIV3Schema as Record<string, unknown>, "");
    expect(missing).toEqual([]);
  });
});
