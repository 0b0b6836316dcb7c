// Writes crds/*.yaml, one for each kind, joined from crds/parts. With --check it writes nothing and
// fails when a written file differs from its parts.
import { readdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";

type Node = Record<string, unknown>;

const root = path.resolve(import.meta.dirname, "../..");
const parts = path.join(root, "crds/parts");
/** Lists of which a kind has its own beside the common ones; any other list is replaced. */
const joinedLists = ["required", "x-kubernetes-validations", "additionalPrinterColumns"];

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readPart = (name: string): Node =>
  parse(readFileSync(path.join(parts, `${name}.yaml`), "utf8")) as Node;

const merge = (base: unknown, over: unknown, key: string): unknown => {
  if (isNode(base) && isNode(over)) {
    const merged = Object.entries(over).map(([name, value]) => [
      name,
      name in base ? merge(base[name], value, name) : value,
    ]);
    return { ...base, ...(Object.fromEntries(merged) as Node) };
  }
  if (!Array.isArray(base) || !Array.isArray(over)) return over;
  // A CRD has one version here: what a kind says of it is about the same one.
  if (key === "versions") return [merge(base[0], over[0], "version")];
  return joinedLists.includes(key) ? [...(base as unknown[]), ...(over as unknown[])] : over;
};

/** Replaces `$part: name` by that part; what stands beside it wins. */
const resolve = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(resolve);
  if (!isNode(value)) return value;
  const { $part: part, ...rest } = value;
  const own = Object.fromEntries(Object.entries(rest).map(([name, node]) => [name, resolve(node)]));
  return typeof part === "string" ? merge(resolve(readPart(part)), own, "") : own;
};

const hasKind = (part: Node): boolean =>
  isNode(part["spec"]) && isNode(part["spec"]["names"]) && "kind" in part["spec"]["names"];

/** Kubernetes' own tools read YAML 1.1, where a bare On is a boolean. */
const yamlOptions = { lineWidth: 110, aliasDuplicateObjects: false, version: "1.1" } as const;

const check = process.argv.includes("--check");
const drifted: string[] = [];
for (const file of readdirSync(parts).sort()) {
  const part = readPart(path.basename(file, ".yaml"));
  if (!hasKind(part)) continue;
  const crd = resolve(part) as Node & { metadata: { name: string } };
  const target = `${crd.metadata.name}.yaml`;
  const banner = `# Generated from crds/parts by scripts/src/generate-crds.ts. Do not edit.\n`;
  const wanted = banner + stringify(crd, yamlOptions);
  const output = path.join(root, "crds", target);
  if (existsSync(output) && readFileSync(output, "utf8") === wanted) continue;
  drifted.push(`crds/${target}`);
  if (!check) writeFileSync(output, wanted);
}
if (check && drifted.length > 0) {
  console.error(`Out of date: ${drifted.join(", ")}. Run: npm run generate`);
  process.exitCode = 1;
}
