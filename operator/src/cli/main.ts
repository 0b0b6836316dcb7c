import process from "node:process";
import { readCliConfig } from "./config.ts";
import { runCli } from "./run-cli.ts";

const ending = new AbortController();
process.once("SIGINT", () => ending.abort());
process.once("SIGTERM", () => ending.abort());

process.exitCode = await runCli(process.argv.slice(2), {
  config: readCliConfig(),
  root: process.cwd(),
  output: {
    print: (text) => process.stdout.write(`${text}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
  },
  now: () => new Date(),
  signal: ending.signal,
  // The cluster's client takes most of a second to load, and a local run does without it.
  openCluster: async (options) => {
    const { openCluster } = await import("./connect/open-cluster.ts");
    return openCluster(options);
  },
});
