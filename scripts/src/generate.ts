// Writes every generated file: docs/openapi.json and operator/src/api/generated/. With --check it
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
const script = join(root, "scripts/src/generate-crd-types.ts");
const crds = spawnSync(process.execPath, [script, ...(check ? ["--check"] : [])], {
  stdio: "inherit",
});
process.exit(failed || crds.status !== 0 ? 1 : 0);
