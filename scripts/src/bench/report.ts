import { cpus, loadavg, totalmem } from "node:os";
import {
  cpuOf,
  median,
  processGroups,
  type Goal,
  type ProcessGroup,
  type Round,
  type SendMetrics,
} from "./judge.ts";

const groupNames: Record<ProcessGroup, string> = {
  orchestrator: "orchestrator",
  accounts: "account processes",
  databases: "Postgres and Redis",
  others: "other services",
};

/** The machine, in one line: without it a rate says nothing. */
export const describeMachine = (): string => {
  const [first] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0]?.toFixed(1) ?? "?";
  return `${cpus().length} x ${first?.model.trim() ?? "unknown processor"}, ${gibibytes} GiB, ${process.platform}, Node ${process.versions.node}, load ${load}`;
};

/** One line of a table: what, its median, and what each round showed. */
const line = (name: string, unit: string, values: readonly number[], digits = 0): string => {
  const each = values.map((value) => value.toFixed(digits)).join("  ");
  return `${name.padEnd(30)} ${median(values).toFixed(digits).padStart(9)} ${unit.padEnd(12)} ${each}`;
};

export const tableOf = (
  rounds: readonly Round[],
  metrics: SendMetrics,
  goals: readonly Goal[],
): string[] => [
  `${"".padEnd(30)} ${"median".padStart(9)} ${"".padEnd(12)} each round`,
  line(
    "end to end",
    "messages/s",
    rounds.map((one) => one.endToEnd),
  ),
  line(
    "BullMQ alone",
    "jobs/s",
    rounds.map((one) => one.bullmq),
  ),
  line(
    "naive pipeline",
    "messages/s",
    rounds.map((one) => one.naive),
  ),
  line(
    "accepted",
    "requests/s",
    rounds.map((one) => one.accepts),
  ),
  line("processor time, all processes", "us/message", rounds.map(cpuOf)),
  ...processGroups.map((group) =>
    line(
      `  of it ${groupNames[group]}`,
      "us/message",
      rounds.map((one) => one.cpuUs[group]),
    ),
  ),
  line(
    "end to end / BullMQ alone",
    "",
    rounds.map((one) => one.endToEnd / one.bullmq),
    2,
  ),
  line(
    "end to end / naive pipeline",
    "",
    rounds.map((one) => one.endToEnd / one.naive),
    2,
  ),
  `${"idle account process".padEnd(30)} ${String(metrics.idle_account_rss_mb).padStart(9)} MB resident`,
  "",
  ...goals.map(
    ({ name, wanted, measured, met }) =>
      `${met ? "met   " : "MISSED"} ${name} is ${measured.toFixed(2)}, the goal is at least ${wanted.toFixed(2)}`,
  ),
];
