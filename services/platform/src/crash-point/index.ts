import { z } from "zod";

/** Marks a named place in the send protocol; does nothing unless the fault suite asked for it. */
export type CrashPoint = (name: string) => void;

export const noCrashPoint: CrashPoint = () => undefined;

const step = /^K\d+[a-z]?(:[1-9]\d*)?$/;

/** Setting of a service: `K6:3`, or `K7>K5:2` to count the second point only after the first. */
export const crashPointSetting = z
  .string()
  .refine((text) => text === "" || text.split(">").every((part) => step.test(part)), {
    message: "must look like K3, K3:2 or K7>K3:2",
  })
  .default("");

/**
 * For the fault suite: `K6:3` ends this process the third time it passes K6. `K7>K6` first waits for
 * K7, so that a process has served before it dies. The value comes from `config.ts` and is empty
 * outside tests.
 */
export function createCrashPoint(spec: string, die: () => void = killSelf): CrashPoint {
  if (spec === "") return noCrashPoint;
  const steps = spec.split(">").map(readStep);
  return (name) => {
    const next = steps[0];
    if (next?.name !== name) return;
    next.left -= 1;
    if (next.left > 0) return;
    steps.shift();
    if (steps.length === 0) die();
  };
}

function readStep(text: string): { name: string; left: number } {
  if (!step.test(text)) throw new Error(`malformed crash point: ${text}`);
  const [name = "", nth = "1"] = text.split(":");
  return { name, left: Number(nth) };
}

/** SIGKILL to ourselves: no handler, no flush, as the kernel's out-of-memory killer would do. */
function killSelf(): void {
  process.kill(process.pid, "SIGKILL");
}
