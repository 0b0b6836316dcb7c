import { describe, expect, it } from "vitest";
import { createBreaker } from "./breaker.ts";

const setup = () => {
  const clock = { ms: 0 };
  const breaker = createBreaker({
    burst: 10,
    refillPerSecond: 1,
    openForMs: 60_000,
    probeEveryMs: 5_000,
    nowMs: () => clock.ms,
  });
  return { clock, breaker };
};

describe("breaker", () => {
  it("opens when one object is woken far too often, and names what wakes it most", () => {
    const { breaker } = setup();
    for (let index = 0; index < 9; index += 1) {
      expect(breaker.admit("a", index % 3 === 0 ? "Pod/x" : "Pod/noisy").delayMs).toBe(0);
    }
    expect(breaker.admit("a", "Pod/x").delayMs).toBe(0);
    expect(breaker.admit("a", "Pod/x")).toEqual({ delayMs: 5_000, tripped: "Pod/noisy" });
    expect(breaker.causeOf("a")).toBe("Pod/noisy");
    expect(breaker.admit("a", "Pod/x")).toEqual({ delayMs: 5_000 });
  });

  it("lets an edit of the object itself through, unless that is what never stops", () => {
    const { breaker } = setup();
    for (let index = 0; index < 20; index += 1) breaker.admit("Platform/a", "Pod/noisy");
    expect(breaker.admit("Platform/a", "Platform/a").delayMs).toBe(0);
    for (let index = 0; index < 20; index += 1) breaker.admit("Platform/b", "Platform/b");
    expect(breaker.admit("Platform/b", "Platform/b").delayMs).toBe(5_000);
  });

  it("leaves every other object alone", () => {
    const { breaker } = setup();
    for (let index = 0; index < 20; index += 1) breaker.admit("a", "Pod/noisy");
    expect(breaker.admit("b", "Pod/noisy").delayMs).toBe(0);
    expect(breaker.causeOf("b")).toBeUndefined();
  });

  it("closes again, and forgets who it was", () => {
    const { clock, breaker } = setup();
    for (let index = 0; index < 20; index += 1) breaker.admit("a", "Pod/noisy");
    clock.ms = 60_001;
    expect(breaker.causeOf("a")).toBeUndefined();
    expect(breaker.admit("a", "Pod/quiet").delayMs).toBe(0);
  });

  it("never opens for one wake-up a second", () => {
    const { clock, breaker } = setup();
    for (let second = 0; second < 600; second += 1) {
      clock.ms = second * 1_000;
      expect(breaker.admit("a", "Deployment/x").delayMs).toBe(0);
    }
  });
});
