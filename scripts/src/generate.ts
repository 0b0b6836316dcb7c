// Writes every generated file: docs/openapi.json, crds/*.yaml and operator/src/api/generated/. With --check it
// writes nothing and fails when one differs from its source.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicRoutes } from "@rarity/contracts/api";
import { buildOpenApi } from "@rarity/contracts/openapi";

const root = join(import.meta.dirname, "../..");
const check = process.argv.includes("--check");
const file = join(root, "docs/openapi.json");
const document = buildOpenApi(publicRoutes, { title: "Rarity Leads", version: "0.1.0" });
const wanted = `${JSON.stringify(document, null, 2)}\n`;
const found = existsSync(file) ? readFileSync(file, "utf8") : "";

let failed = false;
if (check && found !== wanted) {
  console.error("docs/openapi.json differs from the contracts. Run: npm run generate");
  failed = true;
} else if (!check) {
  writeFileSync(file, wanted);
}
// The types are made from the CRDs, so these come first.
for (const name of ["generate-crds.ts", "generate-crd-types.ts"]) {
  const script = join(root, "scripts/src", name);
  const run = spawnSync(process.execPath, [script, ...(check ? ["--check"] : [])], {
    stdio: "inherit",
  });
  failed ||= run.status !== 0;
}
process.exit(failed ? 1 : 0);
