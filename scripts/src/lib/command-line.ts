import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** EX_USAGE of sysexits.h: the command line itself was wrong. */
const usageExitCode = 64;

type Parsed<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{
    options: T & { help: { type: "boolean"; short: "h" } };
    allowPositionals: true;
  }>
>;

/**
 * Reads options and arguments of a command. `--help` prints the help and ends with 0; an unknown
 * option is named, followed by the help, and ends with 64.
 */
export const readArguments = <const T extends ParseArgsOptionsConfig>(
  help: string,
  options: T,
): Parsed<T> => {
  const parsed = parse(help, options);
  if ((parsed.values as { help?: boolean }).help !== true) return parsed;
  console.log(help);
  process.exit(0);
};

/** The same for a command that takes options only. */
export const readCommandLine = <const T extends ParseArgsOptionsConfig>(
  help: string,
  options: T,
): Parsed<T>["values"] => {
  const { values, positionals } = readArguments(help, options);
  if (positionals.length === 0) return values;
  return refuseUsage(help, `Unexpected argument: ${positionals.join(" ")}`);
};

/** Says what is wrong, shows the help and ends with 64. */
export const refuseUsage = (help: string, problem: string): never => {
  console.error(`${problem}\n\n${help}`);
  process.exit(usageExitCode);
};

const parse = <const T extends ParseArgsOptionsConfig>(help: string, options: T): Parsed<T> => {
  try {
    const all = { ...options, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ options: all, allowPositionals: true });
  } catch (error) {
    return refuseUsage(help, (error as Error).message);
  }
};
