import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../lib/wait-until.ts";
import { readRunFile } from "./run-file.ts";

/** Starts `up` in the background and returns when it answers; its lines go to .rarity/logs/up.log. */
export const detachUp = async (root: string, stateDir: string): Promise<void> => {
  mkdirSync(join(stateDir, "logs"), { recursive: true });
  const logFile = join(stateDir, "logs", "up.log");
  const log = openSync(logFile, "w");
  const child = spawn(process.execPath, [join(root, "scripts/src/up.ts")], {
    cwd: root,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const outcome = { exited: false };
  child.once("exit", () => (outcome.exited = true));
  let shown = 0;
  await waitUntil(
    "the system to start",
    () => {
      const text = readFileSync(logFile, "utf8");
      process.stderr.write(text.slice(shown));
      shown = text.length;
      if (outcome.exited) return true;
      return text.includes("Running.") && readRunFile(stateDir) !== undefined;
    },
    240_000,
    200,
  );
  if (outcome.exited) throw new Error(`it ended while starting; see ${logFile}`);
  child.unref();
};
