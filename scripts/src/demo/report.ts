type StepResult = { name: string; ok: boolean; ms: number; detail: string };
export type DemoResult = { ok: boolean; steps: StepResult[] };

/** Runs steps one after the other, prints each with its time, and keeps what happened. */
export const createReport = (
  print: (line: string) => void,
): {
  run: (name: string, step: () => Promise<string>) => Promise<boolean>;
  result: () => DemoResult;
} => {
  const steps: StepResult[] = [];
  return {
    run: async (name, step) => {
      const began = performance.now();
      const outcome = await step().then(
        (detail) => ({ ok: true, detail }),
        (error: unknown) => ({ ok: false, detail: (error as Error).message }),
      );
      const ms = Math.round(performance.now() - began);
      steps.push({ name, ...outcome, ms });
      print(`${outcome.ok ? "ok  " : "FAIL"} ${name} (${ms} ms): ${outcome.detail}`);
      return outcome.ok;
    },
    result: () => ({ ok: steps.length > 0 && steps.every((step) => step.ok), steps }),
  };
};
