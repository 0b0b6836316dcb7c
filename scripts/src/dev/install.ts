import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../cluster/binaries/build-go-program.ts";
import { runCommand } from "../lib/run-command.ts";
import { renderStores } from "./render.ts";
import { dev, podStores, type Stores } from "./settings.ts";

/** Where to install, and with which programs. Without a kubeconfig the dev context is named outright. */
export type Target = { helm: string; kubectl: string; kubeconfig?: string };

const waitSeconds = 180;

const run = async (
  target: Target,
  program: "helm" | "kubectl",
  args: string[],
): Promise<string> => {
  const flag = program === "helm" ? "--kube-context" : "--context";
  const where =
    target.kubeconfig === undefined ? [flag, dev.context] : ["--kubeconfig", target.kubeconfig];
  const options = { timeoutMs: (waitSeconds + 60) * 1000 };
  return runCommand(target[program], [...args, ...where], options);
};

/** Applies the namespace, Postgres, Redis and their Secrets. */
const applyStores = async (target: Target, stores: Stores): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "rarity-stores-"));
  try {
    const file = join(folder, "stores.yaml");
    writeFileSync(file, await renderStores(stores), { mode: 0o600 });
    await run(target, "kubectl", ["apply", "--server-side", "--filename", file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const wait = ["--namespace", dev.namespace, "--timeout", `${waitSeconds}s`];
  for (const store of stores.deployments)
    await run(target, "kubectl", ["rollout", "status", `deployment/${store}`, ...wait]);
};

export type DevOptions = {
  stores?: Stores;
  /** Further options of helm, after the values of values-dev.yaml. */
  settings?: readonly string[];
};

/** The stores, then the chart twice: its kinds come with the first run, the Platform with the second. */
export const installDev = async (
  target: Target,
  progress: Progress,
  { stores = podStores, settings = [] }: DevOptions = {},
): Promise<void> => {
  progress("Applying Postgres, Redis and their Secrets ...");
  await applyStores(target, stores);
  const upgrade = ["upgrade", "--install", dev.release, dev.chart, "--values", dev.values];
  const wait = ["--namespace", dev.namespace, "--wait", "--timeout", `${waitSeconds}s`];
  for (const what of ["operator and kinds", "Platform and sample account"]) {
    progress(`Installing the chart: ${what} ...`);
    await run(target, "helm", [...upgrade, ...settings, ...wait]);
  }
};

/** Returns when the operator says that the Platform is ready. */
export const untilPlatformReady = async (target: Target, progress: Progress): Promise<void> => {
  progress("Waiting for the Platform to be ready ...");
  const condition = ["--for", "condition=Ready", `platform/${dev.platform}`];
  const wait = ["--namespace", dev.namespace, "--timeout", `${waitSeconds}s`];
  await run(target, "kubectl", ["wait", ...condition, ...wait]);
};
