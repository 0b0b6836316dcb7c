import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readReport } from "./read-report.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rarity-report-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = async (report: object, exitCode: number): ReturnType<typeof readReport> => {
  const file = join(folder, "report.json");
  await writeFile(file, JSON.stringify(report));
  return readReport(file, exitCode);
};

it("names each failed test with its file and what it said first", async () => {
  const name = join(process.cwd(), "services/auth/a.test.ts");
  const assertionResults = [
    { status: "passed", fullName: "one" },
    { status: "failed", fullName: "two", failureMessages: ["AssertionError: no\n    at x"] },
  ];
  const testResults = [{ name, status: "failed", assertionResults }];
  expect(await read({ numPassedTests: 1, numFailedTests: 1, testResults }, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
    failures: ["services/auth/a.test.ts > two: AssertionError: no"],
  });
});

it("counts a file that could not be loaded as one failure", async () => {
  const name = join(process.cwd(), "a.test.ts");
  const testResults = [
    { name, status: "failed", message: "Cannot find module", assertionResults: [] },
  ];
  const counts = await read({ numPassedTests: 3, testResults }, 1);
  expect(counts).toMatchObject({ failed: 1, failures: ["a.test.ts: Cannot find module"] });
});

it("counts an error outside of every test", async () => {
  const counts = await read({ numPassedTests: 3, testResults: [] }, 1);
  expect(counts).toMatchObject({ passed: 3, failed: 1 });
  expect(counts.failures).toHaveLength(1);
});

it("has nothing to name when all passed", async () => {
  expect(await read({ numPassedTests: 3, numPendingTests: 2 }, 0)).toEqual({
    passed: 3,
    failed: 0,
    skipped: 2,
    failures: [],
  });
});
