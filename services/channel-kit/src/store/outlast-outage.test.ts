import { AppError } from "@rarity/platform/errors";
import { expect, test } from "vitest";
import { outlastOutage } from "./outlast-outage.ts";

const away = (): Error => Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
const quick = { random: () => 0.5, backoff: { baseMs: 1, maxMs: 2 } };
const never = new AbortController().signal;

test("asks again until the database is back, and says how often it failed", async () => {
  const failures: number[] = [];
  let left = 3;
  const answer = await outlastOutage(
    () => {
      left -= 1;
      return left > 0 ? Promise.reject(away()) : Promise.resolve("stored");
    },
    { ...quick, giveUp: never, onRetry: (_error, n) => failures.push(n) },
  );
  expect([answer, failures]).toEqual(["stored", [1, 2]]);
});

test("what the database refuses is not asked twice", async () => {
  for (const error of [new Error("bad row"), new AppError("NOT_FOUND")]) {
    let asked = 0;
    const work = (): Promise<never> => {
      asked += 1;
      return Promise.reject(error);
    };
    await expect(outlastOutage(work, { ...quick, giveUp: never })).rejects.toBe(error);
    expect(asked).toBe(1);
  }
});

test("gives up with the last error when it is told to, after at least one try", async () => {
  const stop = new AbortController();
  let asked = 0;
  const work = (): Promise<never> => {
    asked += 1;
    if (asked === 3) stop.abort();
    return Promise.reject(away());
  };
  await expect(outlastOutage(work, { ...quick, giveUp: stop.signal })).rejects.toThrow("refused");
  expect(asked).toBe(3);
  await expect(outlastOutage(work, { ...quick, giveUp: stop.signal })).rejects.toThrow("refused");
  expect(asked).toBe(4);
});
