// Writes every generated file: docs/openapi.json, services/sandbox/openapi.json, crds/*.yaml,
// operator/src/api/generated/, the chart's and docs/database-functions.md. With --check it writes nothing and
// fails when one differs from its source.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicRoutes } from "@rarity/contracts/api";
import { buildOpenApi } from "@rarity/contracts/openapi";
import { readAllMigrations } from "@rarity/platform/migrate";
import { pageOfFunctions } from "./lib/function-index.ts";
import { describeControlApi } from "../../services/sandbox/src/api/index.ts";

const root = join(import.meta.dirname, "../..");
const check = process.argv.includes("--check");
const json = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
const migrations = (await readAllMigrations(root)).map(({ service, name, sql }) => ({
  path: `services/${service}/migrations/${name}`,
  sql,
}));
const title = { title: "Rarity Leads", version: "0.1.0" };
const described: [path: string, text: string][] = [
  ["docs/openapi.json", json(buildOpenApi(publicRoutes, title))],
  ["services/sandbox/openapi.json", json(describeControlApi())],
  ["docs/database-functions.md", pageOfFunctions(migrations)],
];

let failed = false;
for (const [path, wanted] of described) {
  const file = join(root, path);
  const found = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (!check) writeFileSync(file, wanted);
  else if (found !== wanted) {
    console.error(`${path} differs from its source. Run: npm run generate`);
    failed = true;
  }
}
// The types and the chart are made from the CRDs, so these come first.
for (const name of ["generate-crds.ts", "generate-crd-types.ts", "generate-chart.ts"]) {
  const script = join(root, "scripts/src", name);
  const run = spawnSync(process.execPath, [script, ...(check ? ["--check"] : [])], {
    stdio: "inherit",
  });
  failed ||= run.status !== 0;
}
process.exit(failed ? 1 : 0);
