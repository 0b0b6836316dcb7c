import type { Pod } from "../api/workloads.ts";

/** The parts of a pod's status in which Kubernetes says why it does not run. */
interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { reason?: string; exitCode?: number; message?: string } };
}

interface KubePodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  restartCount?: number;
  containerStatuses?: ContainerStatus[];
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** Waiting is no failure while a pod is only on its way. */
const onItsWay = ["ContainerCreating", "PodInitializing"];

interface Failure {
  reason: string;
  message: string;
}

/** Why a pod does not run, as the kubelet, the scheduler or the local runtime says it. */
export const podFailure = (pod: Pod): Failure | undefined => {
  const status = pod.status as KubePodStatus | undefined;
  if (status === undefined || pod.metadata.deletionTimestamp !== undefined) return undefined;
  const { name } = pod.metadata;
  return ofContainers(name, status) ?? ofScheduling(name, status) ?? ofPod(name, status);
};

const ofContainers = (pod: string, { containerStatuses = [] }: KubePodStatus) => {
  const failing = containerStatuses.find(({ state }) => {
    const reason = state?.waiting?.reason;
    return reason !== undefined && !onItsWay.includes(reason);
  });
  return failing === undefined ? undefined : ofContainer(pod, failing);
};

const ofContainer = (pod: string, container: ContainerStatus): Failure => {
  const { reason = "Waiting", message = reason } = container.state?.waiting ?? {};
  const how = `${message}${endOf(container)}`;
  return { reason, message: `${pod}: ${how} (${container.restartCount ?? 0} restart(s))` };
};

/** What the process said last, where it said anything. */
const endOf = ({ lastState }: ContainerStatus): string => {
  const ended = lastState?.terminated;
  if (ended === undefined) return "";
  const said = ended.message?.trim().slice(0, 500) ?? "";
  return `; ended with ${String(ended.exitCode)}${said === "" ? "" : `: ${said}`}`;
};

const ofScheduling = (pod: string, { conditions = [] }: KubePodStatus): Failure | undefined => {
  const unscheduled = conditions.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unscheduled === undefined) return undefined;
  const { reason = "Unschedulable", message = "no node takes it" } = unscheduled;
  return { reason, message: `${pod}: ${message}` };
};

const ofPod = (pod: string, status: KubePodStatus): Failure | undefined => {
  const { reason, message = reason, restartCount = 0 } = status;
  if (reason === undefined) return undefined;
  return { reason, message: `${pod}: ${message ?? ""} (${restartCount} restart(s))` };
};
