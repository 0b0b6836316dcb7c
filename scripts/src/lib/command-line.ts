import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** EX_USAGE of sysexits.h: the command line itself was wrong. */
const usageExitCode = 64;

type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T & { help: { type: "boolean"; short: "h" } } }>
>["values"];

/**
 * Reads the options of a command that takes no other arguments. `--help` prints the help and ends
 * with 0; anything unknown is named, followed by the help, and ends with 64.
 */
export const readCommandLine = <const T extends ParseArgsOptionsConfig>(
  help: string,
  options: T,
): Values<T> => {
  try {
    const all = { ...options, help: { type: "boolean", short: "h" } } as const;
    const { values } = parseArgs({ options: all });
    if ((values as { help?: boolean }).help !== true) return values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(usageExitCode);
  }
  console.log(help);
  process.exit(0);
};
