import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { withFolderLock } from "./folder-lock.ts";
import { goProgramKey, type GoProgram } from "./go-program.ts";

export type Progress = (line: string) => void;

const reportEveryMs = 10_000;
const keptLines = 25;

const platform = `${process.platform}-${process.arch}`;

/** Where a finished build of this program lies, or would lie. */
export const builtFile = (program: GoProgram, cacheFolder: string): string =>
  join(cacheFolder, goProgramKey(program, platform), program.name);

/**
 * Builds the program with `go`, without a C compiler, and answers its path. Takes minutes the first
 * time; it says what it does every ten seconds. Two processes that want it build it once.
 */
export const buildGoProgram = async (
  program: GoProgram,
  options: { go: string; cacheFolder: string; progress: Progress },
): Promise<string> => {
  const target = builtFile(program, options.cacheFolder);
  if (existsSync(target)) return target;
  await mkdir(options.cacheFolder, { recursive: true });
  const build = async (): Promise<string> => {
    if (existsSync(target)) return target;
    const scratch = await mkdtemp(join(options.cacheFolder, `.${program.name}-`));
    try {
      await runGoBuild(program, join(scratch, program.name), options);
      // The folder appears whole or not at all.
      await rename(scratch, dirname(target));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    return target;
  };
  return withFolderLock(`${dirname(target)}.lock`, build, (pid) =>
    options.progress(`${program.name} is being built by process ${pid}; waiting for it ...`),
  );
};

const buildArgs = (program: GoProgram, output: string): string[] => [
  "build",
  "-v",
  ...(program.tags.length > 0 ? ["-tags", program.tags.join(",")] : []),
  ...["-ldflags", `-s -w ${program.ldflags}`.trim()],
  ...["-o", output, program.package],
];

const runGoBuild = async (
  program: GoProgram,
  output: string,
  { go, progress }: { go: string; progress: Progress },
): Promise<void> => {
  const began = performance.now();
  progress(`Building ${program.name} from Go modules (minutes the first time, then cached) ...`);
  const child = spawn(go, buildArgs(program, output), {
    cwd: program.folder,
    // -trimpath in GOFLAGS, so that every clone shares the compiler's own cache.
    env: {
      ...process.env,
      CGO_ENABLED: "0",
      GOFLAGS: "-trimpath -buildvcs=false -mod=readonly",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const seen = { compiled: 0, fetched: 0, tail: [] as string[] };
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.startsWith("go: downloading")) seen.fetched += 1;
    else if (/^[\w./~-]+$/.test(line)) seen.compiled += 1;
    seen.tail = [...seen.tail.slice(-keptLines + 1), line];
  });
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  const timer = setInterval(
    () =>
      progress(
        `  ${program.name}: ${seen.fetched} modules fetched, ${seen.compiled} packages compiled, ${seconds()} s`,
      ),
    reportEveryMs,
  );
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`go build of ${program.name} failed:\n${seen.tail.join("\n")}`);
  progress(`  ${program.name}: built in ${seconds()} s`);
};
