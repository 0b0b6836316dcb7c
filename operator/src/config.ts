import { readEnvironment, type OperatorConfig } from "./environment/read-environment.ts";

/** Reads the environment; every problem at once, never a value, then exit code 78 (EX_CONFIG). */
export const loadOperatorConfig = (): OperatorConfig => {
  const reading = readEnvironment(process.env);
  if (reading.ok) return reading.config;
  const lines = reading.problems.map((problem) => `  - ${problem}`);
  process.stderr.write(`The configuration is not valid:\n${lines.join("\n")}\n`);
  process.exit(78);
};

/** What a child process inherits: nothing of ours but how to find programs and temporary files. */
export const inheritedEnv = (): Record<string, string> =>
  Object.fromEntries(
    ["PATH", "HOME", "TMPDIR", "LANG", "TZ"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
