import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
type Rules = { forbidden: { name: string; comment: string }[] };
const rules = (createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs")) as Rules)
  .forbidden;

/** For every rule: the file that breaks it and what that file imports. */
const planted: Record<string, [file: string, source: string][]> = {
  "no-circular": [
    ["services/leads/src/a.ts", `import "./b.ts"; export const a = 1;`],
    ["services/leads/src/b.ts", `import "./a.ts"; export const b = 1;`],
  ],
  "services-stay-apart": [["services/leads/src/c.ts", `import "../../auth/src/x.ts";`]],
  "contracts-are-a-leaf": [["services/contracts/src/c.ts", `import "../../platform/src/x.ts";`]],
  "platform-knows-no-service": [["services/platform/src/c.ts", `import "../../auth/src/x.ts";`]],
  "channel-kit-knows-no-channel": [
    ["services/channel-kit/src/c.ts", `import "../../whatsapp/src/x.ts";`],
  ],
  "only-channels-use-the-kit": [
    ["services/auth/src/kit.ts", `import "../../channel-kit/src/x.ts";`],
  ],
  "domain-is-pure": [["services/leads/src/domain/c.ts", `import "node:fs";`]],
  "usecases-name-ports": [["services/leads/src/usecases/c.ts", `import "../adapters/x.ts";`]],
  "desired-state-is-pure": [["operator/src/plan/c.ts", `import "../cluster/x.ts";`]],
  "outsiders-see-contracts": [["operator/src/c.ts", `import "../../services/platform/src/x.ts";`]],
  "gpl-stays-apart": [["services/auth/src/gpl.ts", `import "@whiskeysockets/baileys";`]],
};

const targets = [
  "services/auth/src/x.ts",
  "services/platform/src/x.ts",
  "services/whatsapp/src/x.ts",
  "services/channel-kit/src/x.ts",
  "services/leads/src/adapters/x.ts",
  "operator/src/cluster/x.ts",
];

let folder = "";
let caught = new Set<string>();

const put = (file: string, source: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), source);
};

const cruise = (): Set<string> => {
  const bin = join(root, "node_modules/.bin/depcruise");
  const args = [
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
    "services",
    "operator",
  ];
  const output = execFileSync(bin, args, { cwd: folder, maxBuffer: 32 << 20 }).toString();
  const parsed = JSON.parse(output) as { summary: { violations: { rule: { name: string } }[] } };
  return new Set(parsed.summary.violations.map((violation) => violation.rule.name));
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rarity-rules-"));
  cpSync(join(root, ".dependency-cruiser.cjs"), join(folder, ".dependency-cruiser.cjs"));
  cpSync(join(root, "tsconfig.json"), join(folder, "tsconfig.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const file of targets) put(file, "export const x = 1;");
  for (const files of Object.values(planted)) for (const [file, source] of files) put(file, source);
  caught = cruise();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("import rules", () => {
  test.each(rules.map((rule) => rule.name))("a planted violation of %s is caught", (name) => {
    expect(planted, `plant a violation of ${name} in this test`).toHaveProperty([name]);
    expect([...caught]).toContain(name);
  });

  test("every rule says what to do", () => {
    for (const rule of rules) expect(rule.comment.length).toBeGreaterThan(15);
  });
});
