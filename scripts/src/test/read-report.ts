import { readFile } from "node:fs/promises";
import { relative } from "node:path";

/** What vitest's JSON reporter writes, as far as it is read here. */
type Report = {
  numPassedTests?: number;
  numFailedTests?: number;
  numPendingTests?: number;
  numTodoTests?: number;
  testResults?: {
    /** Path of the file. */
    name: string;
    status: string;
    message?: string;
    assertionResults?: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
};

export type Counts = {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each failure: file, test, and what it said first. */
  failures: string[];
};

const longestLine = 240;

/** Counts of a run of vitest, and each failure in a line, since a long log hides them. */
export const readReport = async (file: string, exitCode: number): Promise<Counts> => {
  const report = JSON.parse(await readFile(file, "utf8")) as Report;
  const failures = (report.testResults ?? []).flatMap(failuresOf);
  const failed = report.numFailedTests ?? 0;
  // A broken file or an unhandled error counts too, although no single test failed.
  const isBroken = exitCode !== 0 && failed === 0;
  if (isBroken && failures.length === 0) failures.push("an error outside of every test; see above");
  return {
    passed: report.numPassedTests ?? 0,
    failed: isBroken ? 1 : failed,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
    failures,
  };
};

const failuresOf = (result: NonNullable<Report["testResults"]>[number]): string[] => {
  const file = relative(process.cwd(), result.name);
  const failed = (result.assertionResults ?? []).filter(({ status }) => status === "failed");
  if (failed.length === 0) return result.status === "failed" ? [line(file, result.message)] : [];
  return failed.map((test) => line(`${file} > ${test.fullName}`, test.failureMessages?.[0]));
};

const line = (where: string, message = ""): string => {
  const first = message.split("\n", 1)[0]?.trim() ?? "";
  return `${where}${first === "" ? "" : `: ${first}`}`.slice(0, longestLine);
};
