import type { Condition } from "./objects.ts";

/** A condition as decided; the time and the generation are added when it is merged. */
export type Finding = Pick<Condition, "type" | "status" | "reason" | "message">;

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** Merges findings into the conditions there are. The transition time moves only when status flips. */
export const mergeConditions = (
  current: readonly Condition[],
  findings: readonly Finding[],
  context: { generation: number; now: Date },
): Condition[] =>
  findings.map((finding) => {
    const previous = current.find((condition) => condition.type === finding.type);
    return {
      ...finding,
      observedGeneration: context.generation,
      lastTransitionTime:
        previous?.status === finding.status
          ? previous.lastTransitionTime
          : context.now.toISOString(),
    };
  });
