import { spawn } from "node:child_process";
import { join } from "node:path";
import { chartFolder } from "./helm.ts";

export type Ended = { code: number; output: string };

/** Runs a script of the chart as its pod does, with nothing but this environment. */
export const runScript = (file: string, env: Readonly<Record<string, string>>): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(chartFolder, "files", file)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }),
    );
  });
