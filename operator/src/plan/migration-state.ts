import type { KubeObject } from "../api/objects.ts";
import { migrationJobName } from "../api/platform-names.ts";
import type { Pod } from "../api/workloads.ts";
import { versionOf, type PlatformContext } from "../desired/platform/context.ts";
import { podFailure } from "./pod-failure.ts";

export type MigrationState =
  { state: "done" } | { state: "running"; message: string } | { state: "failed"; message: string };

/** A Job as far as the plan uses it. */
interface JobStatus {
  succeeded?: number;
  conditions?: { type: string; status: string; message?: string }[];
}

const statusOf = (job: KubeObject): JobStatus => job.status ?? {};

const hasSucceeded = (job: KubeObject): boolean => (statusOf(job).succeeded ?? 0) > 0;

const failureOf = (job: KubeObject): string | undefined => {
  const failed = statusOf(job).conditions?.find(
    ({ type, status }) => type === "Failed" && status === "True",
  );
  return failed === undefined ? undefined : (failed.message ?? "the migration Job failed");
};

/** How far the migrations of the wanted version are. */
export const migrationState = (
  context: PlatformContext,
  owned: readonly KubeObject[],
  pods: readonly Pod[],
): MigrationState => {
  const version = versionOf(context);
  const name = migrationJobName(context.platform, version);
  const job = owned.find(({ kind, metadata }) => kind === "Job" && metadata.name === name);
  if (job === undefined) {
    // A Job that somebody cleaned up after it was done is no reason to stop what runs.
    const isKnown = context.platform.status?.migratedVersion === version;
    return isKnown ? { state: "done" } : { state: "running", message: "the Job is not there yet" };
  }
  if (hasSucceeded(job)) return { state: "done" };
  const failure = failureOf(job);
  const said = lastWords(pods.filter((pod) => isPodOf(pod, name)));
  if (failure === undefined) {
    const message = said ?? "the migration Job has not finished yet";
    return { state: "running", message };
  }
  const advice = `delete Job ${name} to try again`;
  return { state: "failed", message: `${failure}: ${said ?? "its pods said nothing"}; ${advice}` };
};

const isPodOf = ({ metadata }: Pod, job: string): boolean =>
  metadata.labels?.["batch.kubernetes.io/job-name"] === job;

interface Terminated {
  exitCode?: number;
  message?: string;
  reason?: string;
}

interface PodWords {
  containerStatuses?: { state?: { terminated?: Terminated } }[];
}

/** What the pod that failed last had to say, or why one does not start. */
const lastWords = (pods: readonly Pod[]): string | undefined => {
  const madeAt = ({ metadata }: Pod): string => metadata.creationTimestamp ?? "";
  const newestFirst = [...pods].sort((a, b) => (madeAt(a) < madeAt(b) ? 1 : -1));
  const said = newestFirst.map((pod) => wordsOf(pod) ?? podFailure(pod)?.message);
  // Logs end with what went wrong, and hold no values.
  return said.find((words) => words !== undefined)?.slice(-500);
};

const wordsOf = (pod: Pod): string | undefined => {
  const { containerStatuses = [] } = (pod.status ?? {}) as PodWords;
  const failed = containerStatuses
    .map(({ state }) => state?.terminated)
    .find((ended) => ended !== undefined && ended.exitCode !== 0);
  return failed?.message?.trim() ?? failed?.reason;
};

export const isRunningJob = (object: KubeObject): boolean =>
  object.kind === "Job" && !hasSucceeded(object) && failureOf(object) === undefined;
