import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinary } from "../lib/ensure-binary.ts";
import { readReport, type Counts } from "./read-report.ts";
import type { Step, Tier } from "./tiers.ts";

export type TierResult = Counts & {
  name: string;
  ms: number;
  reason?: string;
  json?: string;
};

export type RunOptions = {
  json: boolean;
  /** Every tier runs, not only those that were named. */
  isFull: boolean;
  /** Given on the command line: the last word. */
  extra: string[];
};

/** Runs every step of one tier, also after a failed one, and adds up what they counted. */
export const runTier = async (
  name: string,
  tier: Tier,
  options: RunOptions,
): Promise<TierResult> => {
  const started = performance.now();
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const missing = await firstMissing(name, tier).catch((error: unknown) => {
    const what = `it could not be prepared: ${(error as Error).message}`;
    console.log(`FAIL ${name}: ${what}`);
    counts.failed += 1;
    counts.failures.push(what);
  });
  if (counts.failed > 0) return { name, ...counts, ms: performance.now() - started };
  if (missing !== undefined) {
    console.log(`SKIP ${name}: ${missing}`);
    return { name, ...counts, skipped: 1, ms: performance.now() - started, reason: missing };
  }
  let figures: string | undefined;
  for (const step of tier.steps) {
    console.log(`\n== ${name}: ${step.title}`);
    const result = step.kind === "vitest" ? await runVitest(step) : await runCommand(step, options);
    counts.passed += result.passed;
    counts.failed += result.failed;
    counts.skipped += result.skipped;
    counts.failures.push(...result.failures);
    figures = result.figures ?? figures;
  }
  return {
    name,
    ...counts,
    ms: performance.now() - started,
    ...(options.json ? { json: figures ?? JSON.stringify({ name, ...counts }) } : {}),
  };
};

/** Why the tier cannot run here, in one sentence. */
const firstMissing = async (name: string, tier: Tier): Promise<string | undefined> => {
  for (const need of tier.needs ?? []) {
    const missing = await ensureBinary(need.binary, need.debianPackage, `the ${name} tests`);
    if (missing !== undefined) return missing;
  }
  return tier.prepare?.((line) => console.error(line));
};

const exec = (command: string, args: string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    // A log that is no terminal is read as text: colours would be most of it.
    const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1" };
    const env = { ...process.env, ...plain };
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], env });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });

type CommandStep = Extract<Step, { kind: "command" }>;

const runCommand = async (
  step: CommandStep,
  { isFull, extra }: RunOptions,
): Promise<Counts & { figures?: string }> => {
  const args = [...step.args, ...(isFull ? (step.argsInFullRun ?? []) : [])];
  const { code, figures } =
    step.figures === true
      ? await runForFigures(step.command, [...args, ...extra])
      : { code: await exec(step.command, args) };
  const isOk = code === 0;
  console.log(isOk ? `ok   ${step.title}` : `FAIL ${step.title} (exit ${code})`);
  const counts: Counts = isOk
    ? { passed: 1, failed: 0, skipped: 0, failures: [] }
    : { passed: 0, failed: 1, skipped: 0, failures: [`${step.title} (exit ${code})`] };
  return figures === undefined ? counts : { ...counts, figures };
};

/** A command that measures leaves its figures in a file, whether it passed or not. */
const runForFigures = async (
  command: string,
  args: string[],
): Promise<{ code: number; figures?: string }> => {
  const folder = await mkdtemp(join(tmpdir(), "rarity-figures-"));
  const file = join(folder, "figures.json");
  try {
    const code = await exec(command, [...args, "--report", file]);
    const figures = await readFile(file, "utf8").catch(() => undefined);
    return figures === undefined ? { code } : { code, figures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const runVitest = async (
  step: Extract<Step, { kind: "vitest" }>,
): Promise<Counts & { figures?: undefined }> => {
  const folder = await mkdtemp(join(tmpdir(), "rarity-test-"));
  const report = join(folder, "report.json");
  try {
    const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
    const args = ["run", ...step.args, ...reporters];
    const code = await exec("node_modules/.bin/vitest", args);
    return await readReport(report, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
