import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../api/objects.ts";
import { createAppliedMemo } from "./applied-memo.ts";

const intent: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", namespace: "b" },
  spec: { containers: [{ name: "c", resources: { limits: { cpu: "1000m" } } }] },
};
const live = (change: (object: KubeObject) => void = () => undefined): KubeObject => {
  const object: KubeObject = structuredClone(intent);
  object.metadata.uid = "uid";
  object.spec = {
    containers: [{ name: "c", image: "set by another", resources: { limits: { cpu: "1" } } }],
  };
  change(object);
  return object;
};

describe("whether an apply would change nothing", () => {
  const memo = createAppliedMemo();
  memo.note(intent, "m", live());
  const cases: [string, boolean, () => boolean][] = [
    ["the same on the same", true, () => memo.isApplied(intent, "m", live())],
    ["another manager", false, () => memo.isApplied(intent, "n", live())],
    [
      "another intent",
      false,
      () => memo.isApplied({ ...intent, spec: { containers: [] } }, "m", live()),
    ],
    [
      "a field of ours that somebody changed",
      false,
      () =>
        memo.isApplied(
          intent,
          "m",
          live((object) => {
            object.spec = { containers: [{ name: "c", resources: { limits: { cpu: "2" } } }] };
          }),
        ),
    ],
    [
      "a field that is not ours",
      true,
      () =>
        memo.isApplied(
          intent,
          "m",
          live((object) => {
            object.metadata.annotations = { theirs: "yes" };
            object.status = { phase: "Running" };
          }),
        ),
    ],
    [
      "another object of the name",
      false,
      () =>
        memo.isApplied(
          intent,
          "m",
          live((object) => {
            object.metadata.uid = "second";
          }),
        ),
    ],
  ];
  it.each(cases)("%s: %s", (_what, expected, ask) => {
    expect(ask()).toBe(expected);
  });
});
