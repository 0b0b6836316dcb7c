import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { annotations } from "../../../operator/src/api/names.ts";
import {
  readStartTime,
  signalGroup,
} from "../../../operator/src/cluster/local/processes/process-identity.ts";
import { waitUntil } from "../lib/wait-until.ts";
import { clearRecord, readRecord, type RecordedProcess } from "./process-record.ts";

const databases = ["postgres", "redis"];
/** The operator has to stop its channel processes first. */
const graceMs = 45_000;

/**
 * Ends what a killed start left running, services before databases, and answers the names. The start
 * time tells ours from another process that got the same id since.
 */
export const endLeftovers = async (stateDir: string): Promise<string[]> => {
  const recorded = readRecord(stateDir);
  const isDatabase = ({ name }: RecordedProcess): boolean => databases.includes(name);
  const ended: string[] = [];
  for (const group of [
    recorded.filter((one) => !isDatabase(one)),
    // Only what the operator did not live to stop is left by now.
    channelProcesses(join(stateDir, "data", "operator", "cluster", "pod")),
    recorded.filter(isDatabase),
  ]) {
    const alive = group.filter(isAlive);
    await Promise.all(alive.map(endOne));
    ended.push(...alive.map(({ name }) => name));
  }
  clearRecord(stateDir);
  return ended;
};

const isAlive = ({ pid, started }: RecordedProcess): boolean => readStartTime(pid) === started;

const endOne = async (left: RecordedProcess): Promise<void> => {
  const gone = (): boolean => !isAlive(left);
  process.kill(left.pid, left.signal);
  await waitUntil(`${left.name} to end`, gone, graceMs, 50).catch(async () => {
    signalGroup(left.pid, "SIGKILL");
    await waitUntil(`${left.name} to be killed`, gone, 10_000, 50);
  });
};

type PodFile = { metadata?: { name?: string; annotations?: Record<string, string> } };

/** The channel processes as the operator noted them in its pods. */
const channelProcesses = (folder: string): RecordedProcess[] => {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".yaml"))
    .flatMap((file) => {
      const { metadata } = parse(readFileSync(join(folder, file), "utf8")) as PodFile;
      const pid = Number(metadata?.annotations?.[annotations.processId]);
      const started = metadata?.annotations?.[annotations.processStarted];
      if (!Number.isInteger(pid) || pid < 2 || started === undefined) return [];
      return [{ name: metadata?.name ?? file, pid, started, signal: "SIGTERM" as const }];
    });
};
