export type CrashPoint = (name: string) => void;

const noCrashPoint: CrashPoint = () => undefined;

/**
 * For the fault suite: `K6:3` kills this process without any cleanup the third time it passes K6.
 * The value comes from `config.ts` and is empty outside tests.
 */
export function createCrashPoint(spec: string, die: () => void): CrashPoint {
  const [wanted, nthText] = spec.split(":");
  if (wanted === undefined || wanted === "") return noCrashPoint;
  let left = Number(nthText ?? "1");
  if (!Number.isInteger(left) || left < 1) throw new Error(`malformed crash point: ${spec}`);
  return (name) => {
    if (name !== wanted) return;
    left -= 1;
    if (left === 0) die();
  };
}

/** SIGKILL to ourselves: no handler, no flush, as the kernel's out-of-memory killer would do. */
export function killSelf(): void {
  process.kill(process.pid, "SIGKILL");
}
