import { expect, it } from "vitest";
import { startSource, type Reading } from "./poll-source.ts";

/** Every reading of a source whose reads end as given, one after the other. */
const readingsOf = async (answers: readonly (number | Error)[]): Promise<Reading<number>[]> => {
  const left = [...answers];
  const readings: Reading<number>[] = [];
  const all = Promise.withResolvers<undefined>();
  let seconds = 0;
  const source = startSource({
    read: async () => {
      const answer = left.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      return Promise.resolve(answer);
    },
    intervalMs: 0,
    onReading: () => {
      const latest = source.latest();
      if (latest !== undefined) readings.push(latest);
      if (readings.length === answers.length) all.resolve(undefined);
    },
    now: () => new Date((seconds += 1) * 1_000),
  });
  await all.promise;
  await source.stop();
  return readings.slice(0, answers.length);
};

it("a failure is a reading of its own, which remembers when it began", async () => {
  const away = new Error("away");
  const readings = await readingsOf([away, new Error("still away"), 7, away]);
  const at = (seconds: number): Date => new Date(seconds * 1_000);
  expect(readings).toEqual([
    { ok: false, message: "away", since: at(1) },
    { ok: false, message: "still away", since: at(1) },
    { ok: true, value: 7, at: at(2) },
    { ok: false, message: "away", since: at(3) },
  ]);
});
