import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectRoot, readProject } from "../images/project.ts";
import { valuesTables, withTables } from "./chart-readme.ts";
import { crdTemplate } from "./crd-templates.ts";
import { readValues } from "./read-values.ts";
import { valuesSchema } from "./values-schema.ts";

const text = `
# About the file.

# @section Names

# How it is called.
# @schema {maxLength: 4}
name: ""
# Not described: it holds others.
image:
  # The tag | pipe.
  tag: x
  # More of it,
  # on two lines.
  # @schema {additionalProperties: {type: string}}
  labels: {}

# @section Numbers

# How many.
# @schema {minimum: 0}
count: 3
`;

describe("values.yaml as the source", () => {
  it("gives descriptions, sections and defaults", () => {
    const values = readValues(text);
    expect(values.map(({ path, section }) => [path.join("."), section])).toEqual([
      ["name", "Names"],
      ["image", "Names"],
      ["count", "Numbers"],
    ]);
    expect(values[0]).toMatchObject({ description: "How it is called.", default: "" });
    expect(values[1]?.children[1]).toMatchObject({
      description: "More of it, on two lines.",
      default: {},
    });
  });

  it("gives a schema that takes nothing else", () => {
    const schema = valuesSchema(readValues(text)) as {
      additionalProperties: boolean;
      properties: Record<string, Record<string, unknown>>;
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties["name"]).toEqual({
      description: "How it is called.",
      type: "string",
      maxLength: 4,
    });
    expect(schema.properties["image"]).toMatchObject({
      additionalProperties: false,
      properties: { labels: { type: "object", additionalProperties: { type: "string" } } },
    });
    expect(schema.properties["count"]).toMatchObject({ type: "integer", minimum: 0 });
  });

  it("gives tables, with pipes escaped, between the marks of the README", () => {
    const values = readValues(text);
    expect(valuesTables(values)).toContain('| `image.tag` | The tag \\| pipe. | `"x"` |');
    const readme = withTables(
      "before\n<!-- values: generated from values.yaml -->\nold\n<!-- end of values -->\nafter\n",
      values,
    );
    expect(readme).toMatch(/^before\n/);
    expect(readme).toMatch(/\nafter\n$/);
    expect(readme).not.toContain("old");
  });

  it.each([
    ["a value without a description", "a: 1\n", "a has no description"],
    ["a map that takes anything", "# Any.\na: {}\n", "say with @schema what may be in it"],
    ["a list of anything", "# Any.\na: []\n", "say with @schema what its items are"],
    ["a value without a type", "# None.\na: null\n", "give it a default that says its type"],
  ])("refuses %s", (_what, broken, message) => {
    expect(() => valuesSchema(readValues(broken))).toThrow(message);
  });
});

describe("a CRD as a template", () => {
  const crd =
    "# note\nkind: CustomResourceDefinition\nmetadata:\n  labels:\n    a: b\n  name: x.y\nspec:\n  a: 1\n";

  it("keeps everything but the metadata", () => {
    const template = crdTemplate(crd, "crds/x.yaml");
    expect(template).toContain("  name: x.y\n");
    expect(template).toContain("helm.sh/resource-policy: keep");
    expect(template).toContain("\nspec:\n  a: 1\n{{- end }}\n");
    expect(template).not.toContain("    a: b\n");
  });

  it("refuses what helm would act on", () => {
    expect(() => crdTemplate(crd.replace("a: 1", "a: {{x}}"), "crds/x.yaml")).toThrow("braces");
  });
});

describe("the chart", () => {
  it("has the version of the project", () => {
    const chart = parse(
      readFileSync(join(projectRoot, "charts/rarity-leads/Chart.yaml"), "utf8"),
    ) as {
      version: string;
      appVersion: string;
    };
    const { version } = readProject();
    expect(chart).toMatchObject({ version, appVersion: version });
  });
});
