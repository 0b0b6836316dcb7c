import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../scripts/src/lib/wait-until.ts";

const root = join(import.meta.dirname, "../..");

export type Command = {
  child: ChildProcess;
  /** Everything it printed so far, on both streams. */
  output: () => string;
  /** Resolves when it has printed the text; rejects when it ends without it. */
  prints: (text: string) => Promise<void>;
  exited: Promise<number>;
};

/** Runs a command of scripts/ as a person does, with none of this environment's databases. */
export function runCommand(name: string, args: string[]): Command {
  const env = { ...process.env };
  delete env["DATABASE_URL"];
  delete env["REDIS_URL"];
  const child = spawn(join(root, "scripts", name), args, {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => (output += data.toString()));
  }
  let code: number | undefined;
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve((code = exitCode ?? -1)));
  });
  const prints = async (text: string): Promise<void> => {
    const outcome = await waitUntil(
      `${name} to print "${text}"`,
      () => output.includes(text) || (code !== undefined && "ended"),
      120_000,
    );
    if (outcome === "ended") throw new Error(`${name} ended with ${code}:\n${output}`);
  };
  return { child, output: () => output, prints, exited };
}

/** The processes that know the folder, by their arguments or their environment. Linux only. */
export function processesOf(folder: string): string[] {
  // Media lies behind a URL, in which a space is written as %20.
  const names = [folder, encodeURI(folder)];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const [args, environment] = ["cmdline", "environ"].map((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " ");
        } catch {
          // It ended while we looked.
          return "";
        }
      });
      const isOurs = names.some((name) => `${args} ${environment}`.includes(name));
      return isOurs ? [`${pid} ${args}`] : [];
    });
}
