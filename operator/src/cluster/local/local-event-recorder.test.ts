import { expect, it } from "vitest";
import { testAccount } from "../../testing/fixtures.ts";
import { createLocalEventRecorder } from "./local-event-recorder.ts";

it("logs an event with its object and how often it has happened", () => {
  const lines: unknown[] = [];
  const recorder = createLocalEventRecorder(({ name }, { reason }, count) =>
    lines.push([name, reason, count]),
  );
  const event = {
    type: "Warning",
    reason: "LogoutGaveUp",
    action: "Delete",
    message: "m",
  } as const;
  for (let index = 0; index < 2; index += 1) recorder.record(testAccount(), event);
  expect(lines).toEqual([
    ["sales", "LogoutGaveUp", 1],
    ["sales", "LogoutGaveUp", 2],
  ]);
});
