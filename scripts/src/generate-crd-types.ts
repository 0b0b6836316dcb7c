// Generates operator/src/api/generated/*.ts from crds/*.yaml. With --check it writes nothing and
// fails when a generated file differs from what the CRDs say.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { compile } from "json-schema-to-typescript";
import { parse } from "yaml";

type Schema = Record<string, unknown>;
interface CrdFile {
  spec: {
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

const root = path.resolve(import.meta.dirname, "../..");
const crdFolder = path.join(root, "crds");
const outputFolder = path.join(root, "operator/src/api/generated");

const kebab = (kind: string): string =>
  kind
    .replace("WhatsApp", "Whatsapp")
    .replace("LinkedIn", "Linkedin")
    .replace(/^X(?=[A-Z])/, "X-")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();

/** A field with a default is always there after admission, so its type is not optional. */
const requireDefaulted = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(requireDefaulted);
  if (typeof schema !== "object" || schema === null) return schema;
  const node: Schema = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, requireDefaulted(value)]),
  );
  if (node["type"] !== "object" || typeof node["properties"] !== "object") return node;
  const properties = Object.entries(node["properties"] as Record<string, Schema>);
  const defaulted = properties.filter(([, field]) => "default" in field).map(([name]) => name);
  const required = (node["required"] as string[] | undefined) ?? [];
  return {
    ...node,
    required: [...new Set([...required, ...defaulted])],
    additionalProperties: false,
  };
};

/** Standard parts live in api/objects.ts; only spec and status are generated. */
const generate = async (crd: CrdFile, source: string): Promise<string> => {
  const { kind } = crd.spec.names;
  const version = crd.spec.versions[0];
  if (version === undefined) throw new Error(`${source}: no version`);
  const properties = version.schema.openAPIV3Schema["properties"] as Record<string, Schema>;
  const parts = await Promise.all(
    (["spec", "status"] as const).map((part) =>
      compile(
        requireDefaulted(properties[part]) as Schema,
        `${kind}${part === "spec" ? "Spec" : "Status"}`,
        { bannerComment: "", format: false, ignoreMinAndMaxItems: true, unknownAny: true },
      ),
    ),
  );
  const banner = `// Generated from crds/${source} by scripts/src/generate-crd-types.ts. Do not edit.`;
  return `${banner}\n\n${parts.join("\n")}`;
};

const main = async (): Promise<void> => {
  const check = process.argv.includes("--check");
  const sources = (await readdir(crdFolder)).filter((name) => name.endsWith(".yaml")).sort();
  const drifted: string[] = [];
  for (const source of sources) {
    const crd = parse(await readFile(path.join(crdFolder, source), "utf8")) as CrdFile;
    const target = path.join(outputFolder, `${kebab(crd.spec.names.kind)}.ts`);
    const wanted = await generate(crd, source);
    const current = await readFile(target, "utf8").catch(() => "");
    if (current === wanted) continue;
    drifted.push(path.relative(root, target));
    if (!check) await writeFile(target, wanted);
  }
  if (!check || drifted.length === 0) {
    console.log(`${sources.length} CRD(s), ${drifted.length} file(s) written`);
    return;
  }
  console.error(`Out of date: ${drifted.join(", ")}. Run: node scripts/src/generate-crd-types.ts`);
  process.exitCode = 1;
};

await main();
