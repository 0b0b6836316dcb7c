import type { Finding } from "../api/conditions.ts";
import { scalingFinding } from "./describe-scaling.ts";
import type { Autoscaler } from "./scaling-types.ts";

type Condition = NonNullable<NonNullable<Autoscaler["status"]>["conditions"]>[number];

const messageLengthMax = 400;

/** What an autoscaler says about itself, in the words of the Scaling condition. */
export const describeAutoscaler = (
  autoscaler: Autoscaler | undefined,
  kind: "HorizontalPodAutoscaler" | "ScaledObject",
  pods: string,
): Finding => {
  if (autoscaler === undefined) {
    return scalingFinding("Unknown", "AutoscalerPending", `the ${kind} is not there yet; ${pods}`);
  }
  const subject = `${kind} ${autoscaler.metadata.name}`;
  const conditions = autoscaler.status?.conditions ?? [];
  const found = kind === "ScaledObject" ? readKeda(conditions) : readAutoscaler(conditions);
  switch (found.state) {
    case "unknown":
      return scalingFinding("Unknown", "AutoscalerPending", `${subject} says nothing yet; ${pods}`);
    case "broken":
      return scalingFinding("False", found.reason, `${subject}: ${clip(found.message)}; ${pods}`);
    case "fallback":
      return scalingFinding("Unknown", "Fallback", `${subject} reads no queue depth; ${pods}`);
    case "limited":
      return scalingFinding("True", "AtMaximum", `${subject} is at its maximum; ${pods}`);
    case "active":
      return scalingFinding("True", "Autoscaled", `${subject} chooses; ${pods}`);
  }
};

type Said =
  | { state: "unknown" | "fallback" | "limited" | "active" }
  | { state: "broken"; reason: string; message: string };

const readAutoscaler = (conditions: readonly Condition[]): Said => {
  const broken = conditions.find(
    ({ type, status, reason }) =>
      (type === "ScalingActive" || type === "AbleToScale") &&
      status === "False" &&
      // It says so of a Deployment that was woken a moment ago.
      reason !== "ScalingDisabled",
  );
  if (broken !== undefined) return { state: "broken", ...broken };
  if (!conditions.some(({ type }) => type === "ScalingActive")) return { state: "unknown" };
  const isLimited = conditions.some(
    ({ type, status, reason }) =>
      type === "ScalingLimited" && status === "True" && reason === "TooManyReplicas",
  );
  return { state: isLimited ? "limited" : "active" };
};

const readKeda = (conditions: readonly Condition[]): Said => {
  const statusOf = (type: string): string | undefined =>
    conditions.find((condition) => condition.type === type)?.status;
  const broken = conditions.find(
    ({ type, status }) =>
      (type === "Ready" && status === "False") || (type === "Paused" && status === "True"),
  );
  if (broken !== undefined) return { state: "broken", ...broken };
  if (statusOf("Fallback") === "True") return { state: "fallback" };
  return { state: statusOf("Ready") === "True" ? "active" : "unknown" };
};

const clip = (text: string): string =>
  text.length <= messageLengthMax ? text : `${text.slice(0, messageLengthMax - 1)}…`;
