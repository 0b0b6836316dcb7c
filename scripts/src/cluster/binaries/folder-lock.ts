import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The process that holds the lock; undefined while it is being written, or when it is gone. */
const holderOf = async (lock: string): Promise<number | undefined> => {
  const text = await readFile(join(lock, "pid"), "utf8").catch(() => "");
  return text === "" ? undefined : Number(text);
};

const tryTake = async (lock: string): Promise<boolean> => {
  try {
    await mkdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  await writeFile(join(lock, "pid"), String(process.pid));
  return true;
};

/**
 * Runs `work` while no other process runs it for the same lock folder. A lock whose holder has died
 * is taken over. `onWait` is told once whom it waits for; it waits for at most `timeoutMs`.
 */
export const withFolderLock = async <T>(
  lock: string,
  work: () => Promise<T>,
  onWait: (pid: number) => void,
  timeoutMs = 3_600_000,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  let told = false;
  while (!(await tryTake(lock))) {
    if (performance.now() > deadline) throw new Error(`${lock} is still held; remove it`);
    const holder = await holderOf(lock);
    if (holder !== undefined && !alive(holder)) {
      await rm(lock, { recursive: true, force: true });
      continue;
    }
    if (holder !== undefined && !told) onWait(holder);
    told ||= holder !== undefined;
    await delay(250);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
};
