import { AppError } from "../errors/index.ts";

/** Deeper than any schema of ours, and far from where a recursive reader would run out of stack. */
const depthMax = 32;

interface Step {
  value: unknown;
  path: string;
  depth: number;
}

/**
 * JSON can spell what Postgres cannot hold (NUL, half of a surrogate pair) and what recursion cannot
 * survive. Such input is refused by name before anything reads it. Throws VALIDATION_FAILED.
 */
export function refuseUnstorable(input: unknown): void {
  const steps: Step[] = [{ value: input, path: "", depth: 0 }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { value, path, depth } = step;
    if (typeof value === "string") checkText(value, path);
    if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) continue;
    if (depth >= depthMax) throw refused(path, `nested deeper than ${depthMax} levels`);
    for (const [key, child] of Object.entries(value)) {
      const at = path === "" ? key : `${path}.${key}`;
      checkText(key, path);
      steps.push({ value: child, path: at, depth: depth + 1 });
    }
  }
}

function checkText(text: string, path: string): void {
  if (text.includes("\0")) throw refused(path, "holds a NUL character");
  if (!text.isWellFormed()) throw refused(path, "is not well-formed Unicode");
}

function refused(path: string, message: string): AppError {
  const issues = [{ path: path.slice(0, 200), message }];
  return new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
}
