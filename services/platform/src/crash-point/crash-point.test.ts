import { expect, test } from "vitest";
import { createCrashPoint, crashPointSetting } from "./index.ts";

function passes(spec: string, names: string[]): number {
  let deaths = 0;
  const pass = createCrashPoint(spec, () => {
    deaths += 1;
  });
  return names.findIndex((name) => {
    pass(name);
    return deaths > 0;
  });
}

test("dies at the nth pass of the named point, and never without a name", () => {
  expect(passes("K3:2", ["K3", "K4", "K3", "K3"])).toBe(2);
  expect(passes("K3", ["K4", "K5"])).toBe(-1);
  expect(passes("", ["K3", "K3"])).toBe(-1);
});

test("counts a later point only after the earlier one was passed", () => {
  expect(passes("K7>K3:2", ["K3", "K3", "K3", "K7", "K3", "K7", "K3"])).toBe(6);
  expect(passes("K7:2>K3", ["K7", "K3", "K7", "K3"])).toBe(3);
});

test("a malformed setting is refused", () => {
  for (const bad of ["K", "3", "K3:0", "K3>", "K3:2x", ">K3"]) {
    expect(crashPointSetting.safeParse(bad).success, bad).toBe(false);
    expect(() => createCrashPoint(bad, () => undefined)).toThrow("malformed");
  }
  expect(crashPointSetting.parse(undefined)).toBe("");
});
