import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBackoff } from "./backoff.ts";
import { createWorkQueue, type WorkResult } from "./work-queue.ts";

/** Work that ends when the test says so. */
const controlled = () => {
  const started: string[] = [];
  const open = new Map<string, (result: WorkResult | Error) => void>();
  return {
    started,
    process: async (key: string): Promise<WorkResult> => {
      started.push(key);
      return new Promise((resolve, reject) => {
        open.set(key, (result) => {
          if (result instanceof Error) reject(result);
          else resolve(result);
        });
      });
    },
    finish: async (key: string, result: WorkResult | Error = {}): Promise<void> => {
      open.get(key)?.(result);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("work queue", () => {
  it("works on a key once, and once more when it was added meanwhile", async () => {
    const work = controlled();
    const queue = createWorkQueue({ process: work.process, onError: () => undefined });
    queue.add("a");
    queue.add("a");
    queue.add("a");
    expect(work.started).toEqual(["a"]);
    await work.finish("a");
    expect(work.started).toEqual(["a", "a"]);
    await work.finish("a");
    expect(work.started).toEqual(["a", "a"]);
  });

  it("works on no more keys at once than it may", async () => {
    const work = controlled();
    const deps = { process: work.process, onError: () => undefined, concurrency: 2 };
    const queue = createWorkQueue(deps);
    for (const key of ["a", "b", "c"]) queue.add(key);
    expect(work.started).toEqual(["a", "b"]);
    await work.finish("b");
    expect(work.started).toEqual(["a", "b", "c"]);
  });

  it("takes edits before resync, and a resync for every ten", async () => {
    const work = controlled();
    const deps = { process: work.process, onError: () => undefined, concurrency: 1 };
    const queue = createWorkQueue(deps);
    queue.add("first");
    queue.add("slow", "resync");
    for (let index = 0; index < 20; index += 1) queue.add(`edit-${index}`);
    for (let index = 0; index < 21; index += 1) await work.finish(work.started.at(-1) ?? "");
    expect(work.started.indexOf("edit-0")).toBe(1);
    const turn = work.started.indexOf("slow");
    expect(turn).toBeGreaterThan(1);
    expect(turn).toBeLessThan(12);
  });

  it("moves a key that waits for resync to the front when it is edited", async () => {
    const work = controlled();
    const deps = { process: work.process, onError: () => undefined, concurrency: 1 };
    const queue = createWorkQueue(deps);
    queue.add("first");
    queue.add("a", "resync");
    queue.add("b", "resync");
    queue.add("b");
    await work.finish("first");
    expect(work.started).toEqual(["first", "b"]);
    await work.finish("b");
    await work.finish("a");
    expect(work.started).toEqual(["first", "b", "a"]);
  });

  it("retries a failure later each time, and at once when it is added", async () => {
    const work = controlled();
    const delays: number[] = [];
    const queue = createWorkQueue({
      process: work.process,
      onError: (_key, _error, retryInMs) => delays.push(retryInMs),
      backoff: createBackoff({
        baseMs: 100,
        maxMs: 1_000,
        random: () => 0.999_999,
        nowMs: () => 0,
      }),
    });
    queue.add("a");
    for (let index = 0; index < 5; index += 1) {
      await work.finish("a", new Error("no"));
      await vi.advanceTimersByTimeAsync(delays.at(-1) ?? 0);
      expect(work.started).toHaveLength(index + 2);
    }
    expect(delays.map(Math.round)).toEqual([100, 200, 400, 800, 1000]);
    await work.finish("a", new Error("no"));
    queue.add("a");
    expect(work.started).toHaveLength(7);
    await work.finish("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(work.started).toHaveLength(7);
  });

  it("looks again when a result asks for it, at the earliest time asked for", async () => {
    const work = controlled();
    const queue = createWorkQueue({ process: work.process, onError: () => undefined });
    queue.add("a");
    queue.addAfter("a", 5_000);
    await work.finish("a", { requeueAfterMs: 60_000 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(work.started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(work.started).toHaveLength(2);
  });

  it("starts nothing after stop, and waits for what runs", async () => {
    const work = controlled();
    const queue = createWorkQueue({
      process: work.process,
      onError: () => undefined,
      concurrency: 1,
    });
    queue.add("a");
    queue.add("b");
    let isStopped = false;
    const stopping = queue.stop().then(() => (isStopped = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isStopped).toBe(false);
    await work.finish("a", { requeueAfterMs: 1 });
    await stopping;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work.started).toEqual(["a"]);
  });
});

describe("backoff", () => {
  it("spreads retries, so that what failed together does not come back together", () => {
    let draw = 0;
    const backoff = createBackoff({ baseMs: 1_000, random: () => (draw += 0.2) % 1 });
    const delays = ["a", "b", "c", "d"].map((key) => backoff.next(key));
    expect(new Set(delays).size).toBe(4);
    for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(500);
  });

  it("bounds retries of all keys together", () => {
    const backoff = createBackoff({ baseMs: 1, burst: 2, retriesPerSecond: 1, nowMs: () => 0 });
    const delays = ["a", "b", "c"].map((key) => backoff.next(key));
    expect(delays[0]).toBeLessThan(10);
    expect(delays[2]).toBe(1_000);
  });

  it("starts anew after a success", () => {
    const backoff = createBackoff({ baseMs: 100, random: () => 0 });
    backoff.next("a");
    backoff.next("a");
    backoff.forget("a");
    expect(backoff.next("a")).toBe(50);
  });
});
