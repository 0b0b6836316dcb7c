import { refOf, type ObjectRef } from "../../api/objects.ts";
import { createCorrelator } from "../events/correlate.ts";
import type { ClusterEvent, EventRecorder } from "../port.ts";

export type LogEvent = (ref: ObjectRef, event: ClusterEvent, count: number) => void;

/** Events as log lines: the local runtime keeps none. The same event again is a line with a count. */
export const createLocalEventRecorder = (
  log: LogEvent,
  nowMs = (): number => performance.now(),
): EventRecorder => {
  const correlate = createCorrelator(nowMs);
  return {
    record: (about, event) => {
      const correlated = correlate(about, event);
      if (correlated === undefined) return;
      log(refOf(about), { ...event, message: correlated.message }, correlated.count);
    },
  };
};
