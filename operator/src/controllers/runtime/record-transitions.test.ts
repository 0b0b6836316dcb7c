import { expect, it } from "vitest";
import type { ClusterEvent } from "../../cluster/port.ts";
import { testAccount } from "../../testing/fixtures.ts";
import { recordTransitions } from "./record-transitions.ts";

const conditions = (statuses: Record<string, string>) =>
  Object.entries(statuses).map(([type, status]) => ({
    ...{ type, status, reason: `${type}Is${status}`, message: "", lastTransitionTime: "" },
  }));

const toldOf = (before: Record<string, string>, after: Record<string, string>): string[] => {
  const told: ClusterEvent[] = [];
  const owner = { ...testAccount(), status: { conditions: conditions(before) } };
  const recorder = { record: (_about: unknown, event: ClusterEvent) => void told.push(event) };
  recordTransitions(recorder, owner, { conditions: conditions(after) });
  return told.map(({ type, reason }) => `${type} ${reason}`);
};

it("an account that became ready is one event, whatever else became good with it", () => {
  const before = { Ready: "False", Paired: "False", Degraded: "True" };
  expect(toldOf(before, { Ready: "True", Paired: "True", Degraded: "False" })).toEqual([
    "Normal ReadyIsTrue",
  ]);
  expect(toldOf(before, { Ready: "False", Paired: "True", Degraded: "True" })).toEqual([
    "Normal PairedIsTrue",
  ]);
});

it("what became bad is told beside it", () => {
  const before = { Ready: "False", Synced: "True" };
  expect(toldOf(before, { Ready: "True", Synced: "False" })).toEqual([
    "Normal ReadyIsTrue",
    "Warning SyncedIsFalse",
  ]);
});
