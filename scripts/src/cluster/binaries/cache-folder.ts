import { homedir } from "node:os";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where built and fetched tools are kept: outside the clone, so that every clone shares them. */
export const toolCacheFolder = (env: Environment): string => {
  const base = env["XDG_CACHE_HOME"];
  const cache = base === undefined || base === "" ? join(homedir(), ".cache") : base;
  return join(cache, "rarity-leads", "tools");
};
