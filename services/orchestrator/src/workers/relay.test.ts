import pino from "pino";
import { describe, expect, test } from "vitest";
import { relayOnce, startRelay, type RelayDeps, type RelayedEvent } from "./relay.ts";

const logger = pino({ level: "silent" });

const event = (seq: number, change: Partial<RelayedEvent> = {}): RelayedEvent => ({
  orgId: "org-1",
  accountId: "account-1",
  seq,
  id: `event-${seq}`,
  type: "message_accepted",
  at: "2026-01-01T00:00:00.000Z",
  data: {},
  wake: true,
  traceparent: null,
  ...change,
});

function fakeOutside(batches: RelayedEvent[][]): RelayDeps & {
  published: [string, number[]][];
  woken: string[][];
  takes: number;
} {
  const state = {
    logger,
    published: [] as [string, number[]][],
    woken: [] as string[][],
    takes: 0,
    take: () => {
      state.takes += 1;
      return Promise.resolve(batches.shift() ?? []);
    },
    publish: (orgId: string, events: readonly RelayedEvent[]) => {
      state.published.push([orgId, events.map(({ seq }) => seq)]);
      return Promise.resolve();
    },
    wake: (accountIds: string[]) => {
      state.woken.push(accountIds);
      return Promise.resolve();
    },
    onRelayed: () => undefined,
    onTold: () => undefined,
  };
  return state;
}

describe("relayOnce", () => {
  test("publishes once per organization and wakes each account once", async () => {
    const outside = fakeOutside([
      [
        event(1),
        event(1, { orgId: "org-2", accountId: "account-2" }),
        event(2),
        event(3, { accountId: "account-3", wake: false }),
        event(4, { accountId: null }),
      ],
    ]);
    expect(await relayOnce(outside, 500)).toBe(5);
    expect(outside.published).toEqual([
      ["org-1", [1, 2, 3, 4]],
      ["org-2", [1]],
    ]);
    expect(outside.woken).toEqual([["account-1", "account-2"]]);
  });

  test("a dead Redis does not fail the batch: Postgres has it already", async () => {
    const outside = fakeOutside([[event(1)]]);
    const gone = (): Promise<void> => Promise.reject(new Error("redis is gone"));
    expect(await relayOnce({ ...outside, publish: gone, wake: gone }, 500)).toBe(1);
  });
});

describe("startRelay", () => {
  test("goes on after a failing take, and a hint does not wait for the poll", async () => {
    const outside = fakeOutside([]);
    let failing = true;
    const batches = [[event(1)]];
    const done = Promise.withResolvers<undefined>();
    const relay = startRelay(
      {
        ...outside,
        take: () => {
          if (failing) {
            failing = false;
            return Promise.reject(new Error("database is restarting"));
          }
          const batch = batches.shift();
          if (batch) done.resolve(undefined);
          return Promise.resolve(batch ?? []);
        },
      },
      { batchMax: 500, pollMs: 1, retryMaxMs: 2, rest: { ratio: 0, maxMs: 0 } },
    );
    await done.promise;
    await relay.stop();
  });

  test("stop ends a long pause at once", async () => {
    const outside = fakeOutside([]);
    const relay = startRelay(outside, {
      batchMax: 500,
      pollMs: 60_000,
      retryMaxMs: 60_000,
      rest: { ratio: 0, maxMs: 0 },
    });
    await relay.stop();
    expect(outside.takes).toBeGreaterThanOrEqual(1);
  });
});
