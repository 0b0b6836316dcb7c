import { execFile } from "node:child_process";

export type CommandOptions = {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  timeoutMs?: number;
  /** Answers what it wrote to standard error as well. */
  both?: boolean;
};

const lastLines = (text: string): string => text.trimEnd().split("\n").slice(-25).join("\n");

/** Runs a program to its end and answers what it wrote; a failure carries the last lines of both streams. */
export const runCommand = (
  file: string,
  args: readonly string[],
  { env, cwd, timeoutMs = 60_000, both = false }: CommandOptions = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env, timeout: timeoutMs, maxBuffer: 64 << 20 };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(both ? stdout + stderr : stdout);
        return;
      }
      const why = error.killed === true ? `took longer than ${timeoutMs / 1000} s` : "failed";
      reject(new Error(`${file} ${args[0] ?? ""} ${why}:\n${lastLines(`${stdout}\n${stderr}`)}`));
    });
  });
