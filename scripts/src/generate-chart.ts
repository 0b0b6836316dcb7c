// Writes the generated files of charts/rarity-leads: the CRD templates, the operator's rules,
// values.schema.json and the tables of the README. With --check it writes nothing and fails when one
// differs from its source.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import {
  certificateGrants,
  registrationGrants,
  ownGrants,
  peopleGrants,
  releaseGrants,
  releasePodGrants,
  reviewGrants,
  rulesOf,
  watchedGrants,
} from "../../operator/src/api/rbac.ts";
import { accountFinalizer } from "../../operator/src/api/names.ts";
import { withTables } from "./chart/chart-readme.ts";
import { crdTemplates } from "./chart/crd-templates.ts";
import { readValues } from "./chart/read-values.ts";
import { valuesSchema } from "./chart/values-schema.ts";

const root = resolve(import.meta.dirname, "../..");
const chart = join(root, "charts/rarity-leads");
const check = process.argv.includes("--check");

const formatted = async (text: string, name: string): Promise<string> =>
  format(text, { ...(await resolveConfig(join(chart, name))), filepath: join(chart, name) });

const values = readValues(readFileSync(join(chart, "values.yaml"), "utf8"));
const rules = {
  watched: rulesOf(watchedGrants),
  own: rulesOf(ownGrants),
  certificate: rulesOf(certificateGrants),
  reviews: rulesOf(reviewGrants),
  registration: rulesOf(registrationGrants),
  release: rulesOf(releaseGrants),
  releasePods: rulesOf(releasePodGrants),
  finalizers: [accountFinalizer],
  view: rulesOf(peopleGrants.view),
  edit: rulesOf(peopleGrants.edit),
  admin: rulesOf(peopleGrants.admin),
};
const banner =
  "# Generated from operator/src/api/rbac.ts by scripts/src/generate-chart.ts. Do not edit.\n";
const wanted: Record<string, string> = {
  ...crdTemplates(root),
  "files/rules.yaml": banner + stringify(rules, { aliasDuplicateObjects: false, version: "1.1" }),
  "values.schema.json": await formatted(JSON.stringify(valuesSchema(values)), "values.schema.json"),
  "README.md": await formatted(
    withTables(readFileSync(join(chart, "README.md"), "utf8"), values),
    "README.md",
  ),
};

const drifted: string[] = [];
for (const [name, text] of Object.entries(wanted)) {
  const file = join(chart, name);
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  drifted.push(name);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
// A kind that is gone must not stay in the chart.
for (const file of readdirSync(join(chart, "templates/crds"))) {
  if (`templates/crds/${file}` in wanted) continue;
  drifted.push(`templates/crds/${file}`);
  if (!check) rmSync(join(chart, "templates/crds", file));
}
if (check && drifted.length > 0) {
  console.error(`Out of date in charts/rarity-leads: ${drifted.join(", ")}. Run: npm run generate`);
  process.exitCode = 1;
}
