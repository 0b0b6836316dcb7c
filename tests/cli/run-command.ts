import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

const program = join(import.meta.dirname, "../../operator/bin/kubectl-rarity");

export type Finished = { exitCode: number | null; stdout: string; stderr: string };

/** The command as a person starts it, in `cwd`; `onLine` sees each line of standard output at once. */
export const startCommand = (
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; onOutput?: (text: string) => void },
): { child: ChildProcess; finished: Promise<Finished> } => {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    options.onOutput?.(stdout);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, finished };
};

export const runCommand = async (
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Finished> => startCommand(args, options).finished;
