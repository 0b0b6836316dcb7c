import type { KubeObject } from "../../api/objects.ts";
import { nextAction } from "./next-actions.ts";
import type { Link } from "./chain.ts";

/** The parts of a pod's status that explain it, on Kubernetes and on the local runtime. */
interface PodStatusParts {
  phase?: string;
  ready?: boolean;
  reason?: string;
  message?: string;
  restartCount?: number;
  startTime?: string;
  startedAt?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatusParts[];
}

interface ContainerStatusParts {
  ready: boolean;
  restartCount: number;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { reason?: string; exitCode?: number } };
}

/** One pod in one sentence: ready, or what it waits for and how often it was restarted. */
export const podLink = (pod: KubeObject, account: string): Link => {
  const status = (pod.status ?? {}) as PodStatusParts;
  const what = `Pod/${pod.metadata.name}`;
  const since = status.startTime ?? status.startedAt;
  const restarts = countRestarts(status);
  const again = restarts > 0 ? `, ${restarts} restart(s)` : "";
  if (isReady(status)) return { what, state: "ok", says: `ready${again}`, since };
  const { reason, message } = hindrance(status);
  const because = [reason, message].filter((part) => part !== undefined && part !== "").join(": ");
  const says = because === "" ? `not ready, phase ${status.phase ?? "unknown"}` : because;
  const isStarting = reason === undefined || startingReasons.includes(reason);
  return {
    ...{ what, since },
    state: isStarting ? "waits" : "stopped",
    says: says + again,
    next: nextAction(reason ?? "", { account, pod: pod.metadata.name }),
  };
};

const startingReasons = ["ContainerCreating", "PodInitializing"];

const isReady = ({ ready, containerStatuses = [] }: PodStatusParts): boolean =>
  ready ?? (containerStatuses.length > 0 && containerStatuses.every((one) => one.ready));

const countRestarts = ({ restartCount = 0, containerStatuses = [] }: PodStatusParts): number =>
  containerStatuses.reduce((sum, one) => sum + one.restartCount, restartCount);

/** The local runtime says it in one place; Kubernetes in a container's wait or in the scheduler's verdict. */
const hindrance = (status: PodStatusParts): { reason?: string; message?: string } => {
  if (status.reason !== undefined) return status;
  const containers = status.containerStatuses ?? [];
  const waiting = containers.find((one) => one.state?.waiting !== undefined)?.state?.waiting;
  if (waiting !== undefined) return waiting;
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return scheduled;
  return lastExit(containers);
};

const lastExit = (containers: readonly ContainerStatusParts[]): { message?: string } => {
  const ended = containers.find((one) => one.lastState?.terminated !== undefined);
  const code = ended?.lastState?.terminated?.exitCode;
  return code === undefined ? {} : { message: `the last run ended with exit code ${code}` };
};
