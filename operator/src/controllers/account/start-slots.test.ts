import { describe, expect, it } from "vitest";
import { createStartSlots } from "./start-slots.ts";
import { testAccount } from "../../testing/fixtures.ts";

const limits = { atOnceMax: 4, perEgressMax: 2 };
const direct = testAccount();
const through = (name: string) => testAccount({ proxySecretRef: { name, key: "url" } });

const setup = () => {
  const clock = { ms: 0 };
  const slots = createStartSlots(() => clock.ms);
  const start = (key: string, account = direct): boolean => {
    const { ok } = slots.mayStart(key, account, limits);
    if (ok) slots.note(key, account, true);
    return ok;
  };
  return { clock, slots, start };
};

describe("start-ups", () => {
  it("are bounded for each way out, and all together", () => {
    const { start } = setup();
    expect(["a", "b", "c"].map((key) => start(key))).toEqual([true, true, false]);
    expect(start("d", through("one"))).toBe(true);
    expect(start("e", through("two"))).toBe(true);
    expect(start("f", through("three"))).toBe(false);
  });

  it("go on when one is ready", () => {
    const { slots, start } = setup();
    for (const key of ["a", "b"]) start(key);
    expect(start("c")).toBe(false);
    slots.note("a", direct, false);
    expect(start("c")).toBe(true);
  });

  it("are not held up for ever by one that never comes up", () => {
    const { clock, slots, start } = setup();
    for (const key of ["a", "b"]) start(key);
    clock.ms = 60_000;
    expect(start("c")).toBe(true);
    slots.note("a", direct, true);
    expect(start("d")).toBe(true);
  });

  it("say what they wait for", () => {
    const { slots, start } = setup();
    for (const key of ["a", "b"]) start(key);
    expect(slots.mayStart("c", direct, limits)).toEqual({
      ok: false,
      message: "2 accounts are starting without a proxy; at most 2 at once",
    });
  });
});
