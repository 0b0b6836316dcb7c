import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
type Rules = { forbidden: { name: string; comment: string }[] };
const rules = (createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs")) as Rules)
  .forbidden;

type Plant = [file: string, source: string];

/** For every rule: files that break it, each in another way. Every one has to be caught. */
const planted: Record<string, Plant[]> = {
  "no-circular": [
    ["services/leads/src/a.ts", `import "./b.ts"; export const a = 1;`],
    ["services/leads/src/b.ts", `import "./a.ts"; export const b = 1;`],
  ],
  "services-stay-apart": [
    ["services/leads/src/path.ts", `import "../../auth/src/x.ts";`],
    ["services/leads/src/name.ts", `import "@rarity/auth";`],
  ],
  "contracts-are-a-leaf": [
    ["services/contracts/src/path.ts", `import "../../platform/src/x.ts";`],
    ["services/contracts/src/name.ts", `import "@rarity/platform";`],
  ],
  "contracts-import-zod-only": [
    ["services/contracts/src/io.ts", `import "node:fs";`],
    ["services/contracts/src/library.ts", `import "pino";`],
  ],
  "platform-knows-no-service": [
    ["services/platform/src/path.ts", `import "../../auth/src/x.ts";`],
    ["services/platform/src/name.ts", `import "@rarity/auth";`],
  ],
  "channel-kit-knows-no-channel": [
    ["services/channel-kit/src/c.ts", `import "../../whatsapp/src/x.ts";`],
  ],
  "only-channels-use-the-kit": [
    ["services/auth/src/kit.ts", `import "../../channel-kit/src/x.ts";`],
  ],
  "domain-is-pure": [
    ["services/leads/src/domain/io.ts", `import "node:fs";`],
    ["services/leads/src/domain/library.ts", `import "pg";`],
    ["services/leads/src/domain/platform.ts", `import "@rarity/platform";`],
    ["services/leads/src/domain/usecase.ts", `import type { X } from "../usecases/x.ts";`],
  ],
  "domain-takes-only-types-from-the-kit": [
    ["services/whatsapp/src/domain/kit.ts", `import "../../../channel-kit/src/x.ts";`],
  ],
  "usecases-name-ports": [
    ["services/leads/src/usecases/io.ts", `import "node:net";`],
    ["services/leads/src/usecases/adapter.ts", `import "../adapters/x.ts";`],
    ["services/leads/src/usecases/route.ts", `import "../routes/x.ts";`],
    ["services/leads/src/usecases/worker.ts", `import "../workers/x.ts";`],
    ["services/leads/src/usecases/socket.ts", `import "../sockets/x.ts";`],
  ],
  "desired-state-is-pure": [
    ["operator/src/plan/cluster.ts", `import "../cluster/x.ts";`],
    ["operator/src/desired/controller.ts", `import "../controllers/x.ts";`],
    ["operator/src/api/io.ts", `import "node:https";`],
    ["operator/src/plan/library.ts", `import "ws";`],
  ],
  "scaling-rules-are-pure": [
    ["operator/src/scaling/io.ts", `import "node:https";`],
    ["operator/src/scaling/server.ts", `import "./metrics-server/x.ts";`],
    ["operator/src/scaling/source.ts", `import "../sources/x.ts";`],
  ],
  "outsiders-see-contracts": [
    ["operator/src/path.ts", `import "../../services/platform/src/x.ts";`],
    ["operator/src/name.ts", `import "@rarity/platform";`],
    ["web/src/name.ts", `import "@rarity/platform";`],
  ],
  "gpl-stays-apart": [
    ["services/auth/src/gpl.ts", `import "@whiskeysockets/baileys";`],
    ["services/auth/src/signal.ts", `import "libsignal";`],
    ["operator/src/gpl.ts", `import "@whiskeysockets/baileys";`],
    ["scripts/src/gpl.ts", `import "@whiskeysockets/baileys";`],
  ],
};

/** What the same rules must let pass. */
const allowed: Plant[] = [
  ["services/leads/src/domain/contract.ts", `import "@rarity/contracts";`],
  ["services/leads/src/usecases/platform.ts", `import "@rarity/platform";`],
  [
    "services/whatsapp/src/domain/shape.ts",
    `import type { x } from "../../../channel-kit/src/x.ts";`,
  ],
  ["services/whatsapp/src/gpl.ts", `import "@whiskeysockets/baileys";`],
  ["services/contracts/src/schema.ts", `import "zod"; import "./x.ts";`],
  ["operator/src/scaling/shape.ts", `import type { X } from "./metrics-server/x.ts";`],
  ["operator/src/scaling/metrics-server/io.ts", `import "node:https"; import "./x.ts";`],
];

const targets = [
  "services/auth/src/x.ts",
  "services/contracts/src/x.ts",
  "services/platform/src/x.ts",
  "services/whatsapp/src/x.ts",
  "services/channel-kit/src/x.ts",
  "services/leads/src/usecases/x.ts",
  "services/leads/src/adapters/x.ts",
  "services/leads/src/routes/x.ts",
  "services/leads/src/workers/x.ts",
  "services/leads/src/sockets/x.ts",
  "operator/src/cluster/x.ts",
  "operator/src/controllers/x.ts",
  "operator/src/sources/x.ts",
  "operator/src/scaling/metrics-server/x.ts",
];

let folder = "";
let caught: string[] = [];

const put = (file: string, source: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), source);
};

/** The installed packages, with the workspace's own names pointing into the planted folder. */
const linkPackages = (): void => {
  mkdirSync(join(folder, "node_modules/@rarity"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name === "@rarity" || name.startsWith(".")) continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  for (const name of ["auth", "contracts", "platform"]) {
    const manifest = { name: `@rarity/${name}`, type: "module", exports: { ".": "./src/x.ts" } };
    put(`services/${name}/package.json`, JSON.stringify(manifest));
    symlinkSync(join(folder, "services", name), join(folder, "node_modules/@rarity", name));
  }
};

type Report = { summary: { violations: { rule: { name: string }; from: string }[] } };

/** Every violation as `rule: file`. */
const cruise = (): string[] => {
  const bin = join(root, "node_modules/.bin/depcruise");
  const folders = ["services", "operator", "scripts", "web"];
  const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders];
  const output = execFileSync(bin, args, { cwd: folder, maxBuffer: 32 << 20 }).toString();
  const parsed = JSON.parse(output) as Report;
  return parsed.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rarity-rules-"));
  cpSync(join(root, ".dependency-cruiser.cjs"), join(folder, ".dependency-cruiser.cjs"));
  cpSync(join(root, "tsconfig.json"), join(folder, "tsconfig.json"));
  linkPackages();
  for (const file of targets) put(file, "export const x = 1; export type X = number;");
  for (const files of [...Object.values(planted), allowed]) {
    for (const [file, source] of files) put(file, source);
  }
  caught = cruise();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plants = Object.entries(planted).flatMap(([rule, files]) =>
  files.map(([file, source]) => ({ rule, file, source })),
);

test.each(rules.map((rule) => rule.name))("a violation of %s is planted", (name) => {
  expect(Object.keys(planted), `plant a violation of ${name} in this test`).toContain(name);
});

test.each(plants)("$rule catches $source in $file", ({ rule, file }) => {
  // A circle is reported once, from either end.
  const ends = rule === "no-circular" ? (planted[rule] ?? []).map(([end]) => end) : [file];
  expect(caught.filter((found) => ends.some((end) => found === `${rule}: ${end}`))).not.toEqual([]);
});

test.each(allowed)("%s passes with %s", (file) => {
  expect(caught.filter((found) => found.endsWith(`: ${file}`))).toEqual([]);
});

test("every rule says what to do", () => {
  for (const rule of rules) expect(rule.comment.length).toBeGreaterThan(15);
});
