import type { KubeObject } from "../api/objects.ts";
import { migrationJobName } from "../api/platform-names.ts";
import { versionOf, type PlatformContext } from "../desired/platform/context.ts";

export type MigrationState =
  { state: "done" } | { state: "running" } | { state: "failed"; message: string };

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
): MigrationState => {
  const version = versionOf(context);
  const name = migrationJobName(context.platform, version);
  const job = owned.find(({ kind, metadata }) => kind === "Job" && metadata.name === name);
  if (job === undefined) {
    // A Job that somebody cleaned up after it was done is no reason to stop what runs.
    const isKnown = context.platform.status?.migratedVersion === version;
    return { state: isKnown ? "done" : "running" };
  }
  if (hasSucceeded(job)) return { state: "done" };
  const message = failureOf(job);
  return message === undefined ? { state: "running" } : { state: "failed", message };
};

export const isRunningJob = (object: KubeObject): boolean =>
  object.kind === "Job" && !hasSucceeded(object) && failureOf(object) === undefined;
