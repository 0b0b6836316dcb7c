// Writes every generated file: docs/openapi.json, services/sandbox/openapi.json, crds/*.yaml,
// operator/src/api/generated/, the chart's and docs/database-functions.md. With --check it writes nothing and
// fails when one differs from its source.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicRoutes } from "@rarity/contracts/api";
import { buildOpenApi } from "@rarity/contracts/openapi";
import { describeControlApi } from "../../services/sandbox/src/api/index.ts";

const root = join(import.meta.dirname, "../..");
const check = process.argv.includes("--check");
const descriptions: [path: string, document: Record<string, unknown>][] = [
  ["docs/openapi.json", buildOpenApi(publicRoutes, { title: "Rarity Leads", version: "0.1.0" })],
  ["services/sandbox/openapi.json", describeControlApi()],
];

let failed = false;
for (const [path, document] of descriptions) {
  const file = join(root, path);
  const wanted = `${JSON.stringify(document, null, 2)}\n`;
  const found = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (!check) writeFileSync(file, wanted);
  else if (found !== wanted) {
    console.error(`${path} differs from the contracts. Run: npm run generate`);
    failed = true;
  }
}
// The types and the chart are made from the CRDs, so these come first.
const scripts = [
  "generate-crds.ts",
  "generate-crd-types.ts",
  "generate-chart.ts",
  "generate-function-index.ts",
];
for (const name of scripts) {
  const script = join(root, "scripts/src", name);
  const run = spawnSync(process.execPath, [script, ...(check ? ["--check"] : [])], {
    stdio: "inherit",
  });
  failed ||= run.status !== 0;
}
process.exit(failed ? 1 : 0);
