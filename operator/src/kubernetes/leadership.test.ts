import { describe, expect, it, vi } from "vitest";
import { createLeadership, type LeadershipDeps } from "./leadership.ts";

const patience = { timeout: 20_000 };

const setUp = (options: Partial<LeadershipDeps> = {}) => {
  const log: string[] = [];
  const failures: unknown[] = [];
  let count = 0;
  const leadership = createLeadership({
    start: async () => {
      const name = String((count += 1));
      log.push(`start ${name}`);
      return Promise.resolve({
        stop: async () => {
          await Promise.resolve();
          log.push(`stop ${name}`);
        },
      });
    },
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return { leadership, log, failures };
};

describe("what runs while a process leads", () => {
  it("starts with the lease, ends with it, and starts again with the next one", async () => {
    const { leadership, log } = setUp();
    leadership.gained();
    await vi.waitFor(() => expect(log).toEqual(["start 1"]), patience);
    leadership.lost();
    await vi.waitFor(() => expect(log).toEqual(["start 1", "stop 1"]), patience);
    leadership.gained();
    await vi.waitFor(() => expect(log).toHaveLength(3), patience);
    await leadership.stop();
    expect(log).toEqual(["start 1", "stop 1", "start 2", "stop 2"]);
  });

  it("starts anew when the lease was away for a moment only", async () => {
    const { leadership, log } = setUp();
    leadership.gained();
    await vi.waitFor(() => expect(log).toEqual(["start 1"]), patience);
    leadership.lost();
    leadership.gained();
    await vi.waitFor(() => expect(log).toEqual(["start 1", "stop 1", "start 2"]), patience);
  });

  it("never runs twice at a time, however fast the lease comes and goes", async () => {
    const { leadership, log } = setUp();
    for (let turn = 0; turn < 50; turn += 1) {
      leadership.gained();
      if (turn % 3 === 0) await Promise.resolve();
      leadership.lost();
      if (turn % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await leadership.stop();
    const running = log.map((line) => (line.startsWith("start") ? 1 : -1));
    let now = 0;
    for (const step of running) {
      now += step;
      expect(now).toBeGreaterThanOrEqual(0);
      expect(now).toBeLessThanOrEqual(1);
    }
    expect(now).toBe(0);
  });

  it("starts nothing after its stop", async () => {
    const { leadership, log } = setUp();
    await leadership.stop();
    leadership.gained();
    await leadership.stop();
    expect(log).toEqual([]);
  });

  it("says so when the work does not end, or cannot begin", async () => {
    const never = new Promise<void>(() => undefined);
    const stuck = setUp({
      start: async () => Promise.resolve({ stop: async () => never }),
      stopTimeoutMs: 5,
    });
    stuck.leadership.gained();
    await new Promise((resolve) => setImmediate(resolve));
    await stuck.leadership.stop();
    expect(String(stuck.failures[0])).toContain("did not end within 5 ms");
    const broken = setUp({ start: async () => Promise.reject(new Error("no cache")) });
    broken.leadership.gained();
    await new Promise((resolve) => setImmediate(resolve));
    await broken.leadership.stop();
    expect(String(broken.failures[0])).toContain("no cache");
  });
});
