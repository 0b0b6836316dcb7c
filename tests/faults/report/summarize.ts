import type { Verdict } from "../judge/judge.ts";
import type { Injected } from "../lanes/injected.ts";
import { quantile, type ServedAgain } from "./serving-again.ts";

/** The last line of the run with `--json`. */
export type Summary = {
  injected: number;
  lost: number;
  doubled: number;
  uncertain: number;
  undecryptable: number;
  serving_again_p95_s: number;
  takeover_p95_s: number;
  naive_injected: number;
  naive_doubled: number;
  messages: number;
  replies: number;
  seed: number;
};

export type SummaryInput = {
  seed: number;
  faults: readonly Injected[];
  served: readonly ServedAgain[];
  verdict: Verdict;
  naive: { injected: number; doubled: number } | undefined;
  messages: number;
  replies: number;
  unexpected: readonly string[];
};

const neverS = 99_999;
const servingAgainMaxS = 10;
const takeoverMaxS = 20;
/** With fewer faults a p95 is about the slowest one, and only "never again" is a reason to fail. */
export const timedFrom = 100;

export function summarize(input: SummaryInput): Summary {
  const { verdict, naive } = input;
  const seconds = (takeover: boolean): number[] =>
    input.served
      .filter(({ fault }) => fault.takeover === takeover)
      // JSON knows no infinity, and "never" must not read as nothing.
      .map(({ ms }) => Math.min(Math.round(ms) / 1000, neverS));
  return {
    injected: input.faults.length,
    lost: verdict.lost,
    doubled: verdict.doubled,
    uncertain: verdict.uncertain,
    undecryptable: verdict.undecryptable,
    serving_again_p95_s: quantile(seconds(false), 0.95),
    takeover_p95_s: quantile(seconds(true), 0.95),
    naive_injected: naive?.injected ?? 0,
    naive_doubled: naive?.doubled ?? 0,
    messages: input.messages,
    replies: input.replies,
    seed: input.seed,
  };
}

/** Why the run does not count as passed; empty when it does. */
export function reasonsToFail(input: SummaryInput, summary: Summary): string[] {
  const { verdict, naive } = input;
  const atMost = (seconds: number): number => (input.faults.length < timedFrom ? neverS : seconds);
  const byInvariant = Map.groupBy(verdict.violations, ({ invariant }) => invariant);
  return [
    ...[...byInvariant].map(
      ([invariant, list]) =>
        `${invariant}: ${list.length} violations, first: ${list[0]?.what ?? ""}`,
    ),
    ...(summary.serving_again_p95_s < atMost(servingAgainMaxS)
      ? []
      : [
          `serving again took ${summary.serving_again_p95_s} s at p95, allowed are ${servingAgainMaxS}`,
        ]),
    ...(summary.takeover_p95_s < atMost(takeoverMaxS)
      ? []
      : [`a takeover took ${summary.takeover_p95_s} s at p95, allowed are ${takeoverMaxS}`]),
    ...(naive?.doubled === 0
      ? ["without the attempt row nothing was doubled: the suite cannot fail"]
      : []),
    ...input.unexpected.map((line) => `a process ended by itself: ${line}`),
  ];
}

/** A table for people: each kind of fault, how often, how often as named, and its times. */
export function table(faults: readonly Injected[], served: readonly ServedAgain[]): string {
  const kinds = Map.groupBy(faults, ({ what }) => what);
  const lines = [...kinds]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, list]) => {
      const reached = list.filter((fault) => fault.reached).length;
      const times = served.filter(({ fault }) => fault.what === what).map(({ ms }) => ms / 1000);
      const figures = [0.5, 0.95, 1].map((share) => quantile(times, share).toFixed(2).padStart(7));
      return `  ${what.padEnd(18)}${String(list.length).padStart(4)}${String(reached).padStart(7)}${figures.join("")}`;
    });
  return ["  fault             hits  named    p50    p95    max (s until served)", ...lines].join(
    "\n",
  );
}
