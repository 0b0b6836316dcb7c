import type { CliOptions } from "./options.ts";
import { CliError, type Objects, type Output, type PlatformApi } from "./ports.ts";

/** What a command works with: opened for one run of the command line. */
export interface Session {
  objects: Objects;
  /** Fails with what to set when no API is known. */
  api(): Promise<PlatformApi>;
  options: CliOptions;
  output: Output;
  now(): Date;
  /** Ends with the process's first signal. */
  signal: AbortSignal;
}

export interface Command {
  /** After the command's name, for the help. */
  usage: string;
  about: string;
  /** The exit status of a failure that has none of its own; 1 when left out. */
  failureExit?: number;
  /** Answers the exit status. */
  run(session: Session, args: readonly string[]): Promise<number>;
}

/** The namespace asked for, or the one of the context. */
export const namespaceOf = ({ options, objects }: Session): string =>
  options.namespace ?? objects.namespace;

export const onlyArgument = (args: readonly string[], usage: string): string => {
  const [first, more] = args;
  if (first !== undefined && more === undefined) return first;
  throw new CliError(`usage: kubectl rarity ${usage}`, 64);
};
