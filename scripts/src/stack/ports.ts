import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, isFree } from "@rarity/platform/ports";
import { portDefaults } from "./services.ts";

const wanted = { ...portDefaults, postgres: 5432, redis: 6379 } as const;

type Ports = Record<keyof typeof wanted, number>;
type Name = keyof typeof wanted;

export type PortChoice = {
  ports: Ports;
  /** One sentence for each port that is not the default one. */
  notes: string[];
};

/** A second system on the same machine gets 8180 beside 8080, and so on. */
const steps = [0, 100, 200, 300, 400, 500];

/**
 * The ports of the last start where they are free, then the default ones, then the next hundreds, then
 * any. They are remembered in the data folder, so that addresses stay over a restart.
 */
export const choosePorts = async (dataDir: string, names: readonly Name[]): Promise<PortChoice> => {
  const file = join(dataDir, "ports.json");
  const before = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}) as Partial<Ports>;
  const taken = new Set<number>();
  const ports: Partial<Ports> = {};
  const notes: string[] = [];
  for (const name of names) {
    const candidates = [before[name], ...steps.map((step) => wanted[name] + step)];
    const port = await firstFree(
      candidates.filter((one) => one !== undefined),
      taken,
    );
    taken.add(port);
    ports[name] = port;
    const why = before[name] === port ? "as last time" : `${wanted[name]} is taken`;
    if (port !== wanted[name]) notes.push(`${name} on port ${port} (${why})`);
  }
  writeFileSync(file, JSON.stringify({ ...before, ...ports }, null, 2));
  return { ports: ports as Ports, notes };
};

/** Free ones, whatever they are: for tests and for a system beside a running one. */
export const anyPorts = async (names: readonly Name[]): Promise<PortChoice> => {
  const ports: Partial<Ports> = {};
  for (const name of names) ports[name] = await freePort();
  return { ports: ports as Ports, notes: [] };
};

const firstFree = async (candidates: number[], taken: ReadonlySet<number>): Promise<number> => {
  for (const candidate of candidates) {
    if (!taken.has(candidate) && (await isFree(candidate))) return candidate;
  }
  return freePort();
};
