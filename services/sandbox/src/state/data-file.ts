import { mkdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { Logger } from "pino";
import { SNAPSHOT_VERSION, type Snapshot } from "./snapshot.ts";

export type DataFile = {
  /** Asks for a write soon; many changes share one. */
  changed(): void;
  /** Writes what is not yet written. */
  flush(): Promise<void>;
  /** Writes a last time and stops. */
  close(): Promise<void>;
};

type DataFileOptions = {
  path: string;
  delayMs?: number;
  logger: Logger;
  take(): Snapshot;
};

const DEFAULT_DELAY_MS = 250;

/** The state is written as a whole: a large one may take only this part of the process' time. */
const SHARE_OF_TIME = 0.1;
const DELAY_MAX_MS = 5000;

/** The saved state; undefined when there is no file yet. A file it cannot read is an error. */
export function loadSnapshot(path: string): Snapshot | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const snapshot = deserialize(bytes) as { version?: unknown };
  if (snapshot.version !== SNAPSHOT_VERSION) {
    throw new Error(`${path} holds state of another version; move it away to start anew`);
  }
  return snapshot as Snapshot;
}

/** Keeps the sandbox's state in one file, replaced as a whole: a crash leaves old or new. */
export function createDataFile(options: DataFileOptions): DataFile {
  const { path, delayMs = DEFAULT_DELAY_MS, logger, take } = options;
  mkdirSync(dirname(path), { recursive: true });
  let timer: NodeJS.Timeout | undefined;
  let dirty = false;
  let closed = false;
  let writing = Promise.resolve();
  let tookMs = 0;
  const write = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    try {
      const started = performance.now();
      const bytes = serialize(take());
      tookMs = performance.now() - started;
      await replaceFile(path, bytes);
    } catch (error) {
      dirty = true;
      logger.error({ err: error }, "the data file could not be written");
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };
  return {
    changed: () => {
      dirty = true;
      const pauseMs = Math.min(Math.max(delayMs, tookMs / SHARE_OF_TIME), DELAY_MAX_MS);
      if (!closed) timer ??= setTimeout(() => void flush(), pauseMs);
    },
    flush,
    close: () => {
      closed = true;
      return flush();
    },
  };
}

async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.new`;
  // It holds private keys of the emulated phones: nobody else needs to read it.
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
