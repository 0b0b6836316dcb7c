import { parseArgs } from "node:util";
import { timedFrom } from "./report/summarize.ts";

export type Options = {
  seed: number;
  injections: number;
  naiveInjections: number;
  accounts: number;
  json: boolean;
  /** Also written here, for the command that runs this one. */
  reportFile: string | undefined;
  /** Leaves logs and data behind for a look. */
  keep: boolean;
  /** Only faults of this name (`K5`, `kill`, `stop`, `redis_flush`, ...), to look at one of them. */
  only: string | undefined;
};

export const help = `node tests/faults/main.ts [--seed N] [--injections N] [--naive N] [--accounts N] [--only NAME] [--json] [--keep]

Kills and stops the real processes under two-way traffic and holds the sandbox's ledger and the
database against the protocol's invariants. Exits with 1 when anything was lost, doubled or
undecryptable, when a receipt was lost, or when serving again took too long (judged from ${timedFrom}
faults on: fewer say little about a p95). --seed repeats the plan of an earlier run.`;

const count = (text: string, name: string, min: number): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new Error(`--${name} must be a whole number of at least ${min}`);
};

export function readOptions(argv: string[]): Options {
  const { values } = parseArgs({
    args: argv,
    strict: true,
    options: {
      seed: { type: "string" },
      injections: { type: "string", default: "300" },
      naive: { type: "string", default: "16" },
      accounts: { type: "string", default: "4" },
      json: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      report: { type: "string" },
      only: { type: "string" },
    },
  });
  const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
  return {
    seed: count(seed, "seed", 0),
    injections: count(values.injections, "injections", 1),
    naiveInjections: count(values.naive, "naive", 0),
    accounts: count(values.accounts, "accounts", 1),
    json: values.json,
    reportFile: values.report,
    keep: values.keep,
    only: values.only,
  };
}
