import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../lib/wait-until.ts";
import { readRunFile } from "./run-file.ts";
import { onStopSignal } from "./stop-signals.ts";

/** Room for a package installation; the start itself says sooner what it waits for in vain. */
const startTimeoutMs = 900_000;

/**
 * Starts `up` in the background, shows its lines from logs/up.log, and answers its exit code, or 0 when
 * it serves. Ctrl-C while it starts ends it.
 */
export const detachUp = async (root: string, stateDir: string): Promise<number> => {
  const logDir = join(stateDir, "logs");
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const logFile = join(logDir, "up.log");
  const log = openSync(logFile, "w", 0o600);
  const child = spawn(process.execPath, [join(root, "scripts/src/up.ts"), "--data", stateDir], {
    cwd: root,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const outcome: { code?: number } = {};
  child.once("exit", (code) => (outcome.code = code ?? 1));
  onStopSignal(
    () => child.kill("SIGTERM"),
    () => child.kill("SIGTERM"),
  );
  let shown = 0;
  const show = (): string => {
    const text = readFileSync(logFile, "utf8");
    process.stderr.write(text.slice(shown));
    shown = text.length;
    return text;
  };
  const code = await waitUntil(
    "the system to start",
    () => {
      const text = show();
      if (outcome.code !== undefined) {
        show();
        return { code: outcome.code };
      }
      return text.includes("Running.") && readRunFile(stateDir) !== undefined && { code: 0 };
    },
    startTimeoutMs,
    100,
  );
  child.unref();
  if (code.code === 0 && outcome.code === undefined) {
    console.error(`It runs in the background; this goes on in ${logFile}. scripts/down stops it.`);
  }
  return code.code;
};
