import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../api/objects.ts";
import { createTestStore, crdFolder } from "../../../testing/fixtures.ts";
import { applyObject } from "../local-cluster.ts";

interface Sample {
  name: string;
  text: string;
}

const filesIn = (folder: string): Sample[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));

const samples = (kind: "valid" | "invalid"): Sample[] =>
  filesIn(path.join(crdFolder, "samples", kind));

const documentsOf = (text: string): KubeObject[] =>
  parseAllDocuments(text).map((document) => document.toJS() as KubeObject);

const expectedOf = (text: string): string => /# expect: (.+)/.exec(text)?.[1] ?? "";

const crds = filesIn(crdFolder).map(({ name, text }) => ({
  name,
  schema: (
    parse(text) as {
      spec: { versions: { schema: { openAPIV3Schema: Record<string, unknown> } }[] };
    }
  ).spec.versions[0]!.schema.openAPIV3Schema,
}));

/** Calls back for every schema node below and including the one given. */
const visit = (
  schema: Record<string, unknown>,
  at: string,
  see: (node: Record<string, unknown>, at: string) => void,
): void => {
  see(schema, at);
  const properties = (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
  for (const [name, field] of Object.entries(properties)) visit(field, `${at}.${name}`, see);
  if (schema["items"] !== undefined) {
    visit(schema["items"] as Record<string, unknown>, `${at}[]`, see);
  }
};

describe("the CRDs", () => {
  it.each(samples("valid"))("admit $name", ({ text }) => {
    const [object] = documentsOf(text);
    expect(
      applyObject(createTestStore(), object!, { fieldManager: "user" }).metadata.uid,
    ).toBeDefined();
  });

  // With two documents the first is admitted and changing it into the second is refused.
  it.each(samples("invalid"))("refuse $name with the message it names", ({ text }) => {
    const store = createTestStore();
    const documents = documentsOf(text);
    const last = documents.pop();
    for (const before of documents) applyObject(store, before, { fieldManager: "user" });
    expect(expectedOf(text)).not.toBe("");
    expect(() => applyObject(store, last!, { fieldManager: "user" })).toThrow(expectedOf(text));
  });

  it("have an invalid sample for every rule", () => {
    const refused = samples("invalid").map(({ text }) => expectedOf(text));
    const untested = new Set<string>();
    for (const { schema } of crds) {
      visit(schema, "", (node) => {
        const rules = (node["x-kubernetes-validations"] ?? []) as { message: string }[];
        for (const { message } of rules) {
          if (!refused.some((expected) => message.includes(expected))) untested.add(message);
        }
      });
    }
    expect([...untested]).toEqual([]);
  });

  it.each(crds)("$name describes every field", ({ schema }) => {
    const missing: string[] = [];
    visit(schema, "", (node, at) => {
      // The server knows what metadata is, and refuses a schema that says more than its type.
      if (at !== ".metadata" && typeof node["description"] !== "string") missing.push(at);
    });
    expect(missing).toEqual([]);
  });

  it.each(crds)("$name has defaults only at top-level scalars of spec", ({ schema }) => {
    const misplaced: string[] = [];
    visit(schema, "", (node, at) => {
      if ("default" in node && !/^\.spec\.[A-Za-z]+$/.test(at)) misplaced.push(at);
    });
    expect(misplaced).toEqual([]);
  });
});
