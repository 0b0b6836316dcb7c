import { diff } from "./commands/diff.ts";
import { pair } from "./commands/pair.ts";
import { report } from "./commands/report.ts";
import { pause, resume } from "./commands/set-paused.ts";
import { status } from "./commands/status.ts";
import { why } from "./commands/why.ts";
import { optionsHelp } from "./options.ts";
import type { Command } from "./session.ts";

export const commands: Readonly<Record<string, Command>> = {
  status,
  why,
  diff,
  pause,
  resume,
  pair,
  report,
};

export const helpText = (): string => {
  const rows = Object.values(commands);
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  const lines = rows.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`);
  return `kubectl rarity COMMAND [options]

${lines.join("\n")}

NAME is an account's name, or KIND/NAME where two kinds share it.

${optionsHelp}`;
};
