import type { Condition, KubeObject } from "../../api/objects.ts";
import type { EventRecorder } from "../../cluster/port.ts";

interface WithConditions {
  conditions?: Condition[];
}

/** Conditions a person wants to be told about, with the status that is good news. */
const told: Readonly<Record<string, Condition["status"]>> = {
  Ready: "True",
  Paired: "True",
  Migrated: "True",
  Accepted: "True",
  Degraded: "False",
  Synced: "True",
};

/** One event for each condition that flipped, so that `kubectl describe` tells the story. */
export const recordTransitions = (
  events: EventRecorder,
  owner: KubeObject,
  status: unknown,
): void => {
  const before = (owner.status as WithConditions | undefined)?.conditions ?? [];
  const news = ((status as WithConditions).conditions ?? []).filter((condition) =>
    isNews(
      condition,
      before.find(({ type }) => type === condition.type),
    ),
  );
  // Whatever became good with it is why it is ready now.
  const isReady = news.some((condition) => condition.type === "Ready" && isGood(condition));
  for (const condition of news) {
    if (isReady && condition.type !== "Ready" && isGood(condition)) continue;
    const type = isGood(condition) ? "Normal" : "Warning";
    const { reason, message } = condition;
    events.record(owner, { type, reason, action: "Reconcile", message });
  }
};

const isGood = ({ type, status }: Condition): boolean => told[type] === status;

/** At first nothing is ready yet, which is no news; something wrong is. */
const isNews = (condition: Condition, previous: Condition | undefined): boolean => {
  if (!(condition.type in told)) return false;
  if (previous === undefined) return condition.type === "Degraded" && !isGood(condition);
  return previous.status !== condition.status;
};
