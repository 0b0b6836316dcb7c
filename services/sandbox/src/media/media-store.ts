import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Encrypted media by name; when it is full, the oldest files fall out. */
export type MediaStore = {
  get(name: string): Buffer | undefined;
  put(name: string, bytes: Buffer): void;
  clear(): void;
  bytes(): number;
};

export type MediaStoreOptions = {
  maxBytes?: number;
  /** Where files are kept over a restart; without it they live in memory only. */
  directory?: string | undefined;
};

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

export function createMediaStore(options: MediaStoreOptions = {}): MediaStore {
  const { maxBytes = DEFAULT_MAX_BYTES, directory } = options;
  const files = new Map<string, Buffer>();
  let total = 0;
  const drop = (name: string): void => {
    total -= files.get(name)?.length ?? 0;
    files.delete(name);
    if (directory !== undefined) rmSync(join(directory, name), { force: true });
  };
  const keep = (name: string, bytes: Buffer): void => {
    total += bytes.length - (files.get(name)?.length ?? 0);
    files.set(name, bytes);
    for (const oldest of files.keys()) {
      if (total <= maxBytes || oldest === name) break;
      drop(oldest);
    }
  };
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true });
    for (const name of readdirSync(directory)) keep(name, readFileSync(join(directory, name)));
  }
  return {
    get: (name) => files.get(name),
    put: (name, bytes) => {
      keep(name, bytes);
      if (directory !== undefined) writeFileSync(join(directory, name), bytes);
    },
    clear: () => {
      for (const name of [...files.keys()]) drop(name);
    },
    bytes: () => total,
  };
}
