import { commands, helpText } from "./command-table.ts";
import { openSession, type SessionDeps } from "./open-session.ts";
import { parseCommandLine } from "./options.ts";
import { CliError, usageExit } from "./ports.ts";
import type { Command } from "./session.ts";

/** Runs one command line and answers the exit status; nothing is thrown. */
export const runCli = async (argv: readonly string[], deps: SessionDeps): Promise<number> => {
  const status = { failure: 1 };
  try {
    const { command: name, args, options } = parseCommandLine(argv);
    if (options.help || name === undefined || name === "help") {
      deps.output.print(helpText());
      return name === undefined && !options.help ? usageExit : 0;
    }
    const command = findCommand(name);
    status.failure = command.failureExit ?? status.failure;
    return await command.run(await openSession(deps, options), args);
  } catch (error) {
    const { message, exitCode } = explain(error);
    deps.output.note(`kubectl rarity: ${message}`);
    return exitCode === 1 ? status.failure : exitCode;
  }
};

const findCommand = (name: string): Command => {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  throw new CliError(`there is no command "${name}"; kubectl rarity --help lists them`, usageExit);
};

const explain = (error: unknown): { message: string; exitCode: number } => {
  if (error instanceof CliError) return error;
  return { message: error instanceof Error ? error.message : "failed", exitCode: 1 };
};
