import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { waitFor } from "./wait-for.ts";

export interface OperatorProcess {
  pid: number;
  /** What it logged, line by line. */
  log: readonly Record<string, unknown>[];
  /** What /readyz answers. */
  readiness(): Promise<{ code: number; pending: string[] }>;
  untilReady(): Promise<void>;
  /** Sum of a metric over the labels given; undefined while there is no such series. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
  isLeader(): Promise<boolean>;
  untilLeading(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL" | "SIGTERM"): void;
  /** How it ended: the code it left with, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
  /** SIGTERM, and the end of it. */
  stop(): Promise<number | NodeJS.Signals | null>;
  kill(): Promise<void>;
}

/** Programs start slowly while everything else on a machine is busy. */
const patience = { timeoutMs: 120_000 };

const program = path.resolve(import.meta.dirname, "../main.ts");

/** The operator's own program with nothing but this environment, once it listens. */
export const startOperatorProcess = async (
  env: Readonly<Record<string, string>>,
): Promise<OperatorProcess> => {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit").then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  const log: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => log.push(parse(line)));
  const port = await portOf(child, log, ended);
  return {
    ...{ pid: child.pid ?? 0, log, ended },
    ...questions(`http://127.0.0.1:${port}`),
    signal: (name) => void child.kill(name),
    stop: async () => {
      child.kill("SIGTERM");
      return ended;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
};

/** Where it listens, which it says in its log. One that does not come up is ended. */
const portOf = async (
  child: ChildProcessByStdio<null, Readable, Readable>,
  log: readonly Record<string, unknown>[],
  ended: Promise<unknown>,
): Promise<string> => {
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  const early = ended.then((how) => {
    throw new Error(`the operator ended with ${String(how)}: ${errors.join("")}`);
  });
  early.catch(() => undefined);
  const isUp = waitFor(() => log.find(({ msg }) => msg === "the operator is up"), patience);
  isUp.catch(() => undefined);
  try {
    const { port } = await Promise.race([isUp, early]);
    return String(port);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
};

type Questions = Pick<
  OperatorProcess,
  "readiness" | "untilReady" | "metric" | "isLeader" | "untilLeading"
>;

/** What can be asked of a replica by HTTP. */
const questions = (url: string): Questions => {
  const readiness: Questions["readiness"] = async () => {
    const answer = await fetch(`${url}/readyz`);
    const { pending = [] } = (await answer.json()) as { pending?: string[] };
    return { code: answer.status, pending };
  };
  const metric: Questions["metric"] = async (name, labels = {}) =>
    sumOf(await (await fetch(`${url}/metrics`)).text(), name, labels);
  const isLeader = async (): Promise<boolean> =>
    (await metric("leader_election_master_status")) === 1;
  return {
    ...{ readiness, metric, isLeader },
    untilReady: async () => {
      await waitFor(async () => {
        const { code, pending } = await readiness();
        if (code !== 200) throw new Error(pending.join("; "));
        return true;
      }, patience);
    },
    untilLeading: async () => {
      await waitFor(async () => (await isLeader()) || undefined, patience);
    },
  };
};

const parse = (line: string): Record<string, unknown> => {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
};

const sumOf = (
  text: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined => {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const values = text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
};
