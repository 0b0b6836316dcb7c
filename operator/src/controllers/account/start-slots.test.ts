import { describe, expect, it } from "vitest";
import type { StartState } from "../../plan/start-budget.ts";
import { createStartSlots } from "./start-slots.ts";
import { testAccount } from "../../testing/fixtures.ts";

const limits = { atOnceMax: 4, perEgressMax: 2 };
const named = (name: string, proxy?: string) => {
  const account = testAccount(
    proxy === undefined ? {} : { proxySecretRef: { name: proxy, key: "url" } },
  );
  return { ...account, metadata: { ...account.metadata, name } };
};

const setup = () => {
  const clock = { ms: 0 };
  const woken: string[] = [];
  const slots = createStartSlots({
    onTurn: ({ name }) => woken.push(name),
    nowMs: () => clock.ms,
  });
  const note = (name: string, state: StartState, proxy?: string): void => {
    slots.note(named(name, proxy), state, limits);
  };
  const start = (name: string, proxy?: string): boolean => {
    const { ok } = slots.mayStart(named(name, proxy), limits);
    note(name, ok ? "starting" : "waiting", proxy);
    return ok;
  };
  return { clock, slots, start, note, woken };
};

describe("start-ups", () => {
  it("are bounded for each way out, and all together", () => {
    const { start } = setup();
    expect(["a", "b", "c"].map((key) => start(key))).toEqual([true, true, false]);
    expect(start("d", "one")).toBe(true);
    expect(start("e", "two")).toBe(true);
    expect(start("f", "three")).toBe(false);
  });

  it("go on when one is ready", () => {
    const { note, start } = setup();
    for (const key of ["a", "b"]) start(key);
    expect(start("c")).toBe(false);
    note("a", "settled");
    expect(start("c")).toBe(true);
  });

  it("are not held up for ever by one that never comes up", () => {
    const { clock, note, start } = setup();
    for (const key of ["a", "b"]) start(key);
    clock.ms = 60_000;
    expect(start("c")).toBe(true);
    note("a", "starting");
    expect(start("d")).toBe(true);
  });

  it("go to whoever waits longest and may start; one place wakes one account", () => {
    const { note, start, woken } = setup();
    for (const key of ["a", "b"]) start(key);
    for (const key of ["c", "d"]) start(key, "one");
    start("e");
    start("f", "one");
    start("g", "two");
    note("c", "settled", "one");
    expect(woken).toEqual(["f"]);
    note("f", "starting", "one");
    note("a", "settled");
    expect(woken).toEqual(["f", "e"]);
    // Looked at once more without a place of its own: nothing became free.
    note("a", "settled");
    expect(woken).toEqual(["f", "e"]);
  });

  it("of an account that is gone are somebody else's", () => {
    const { slots, start, woken } = setup();
    for (const key of ["a", "b", "c"]) start(key);
    slots.forget(named("a"));
    expect(woken).toEqual(["c"]);
  });

  it("say what they wait for", () => {
    const { slots, start } = setup();
    for (const key of ["a", "b"]) start(key);
    expect(slots.mayStart(named("c"), limits)).toEqual({
      ok: false,
      message: "others are starting: at most 4 accounts do at once, 2 of them without a proxy",
    });
  });
});
