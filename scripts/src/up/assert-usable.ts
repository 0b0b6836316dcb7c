import { accessSync, constants, mkdirSync, statfsSync } from "node:fs";
import { userInfo } from "node:os";

/** A new database takes 60 MB, its write-ahead log up to 1 GB under load; this much is a start. */
const freeBytesMin = 300 * 1024 * 1024;

/** Says at once, and in words, what would otherwise fail somewhere in the middle of a start. */
export const assertUsable = (stateDir: string): void => {
  try {
    mkdirSync(stateDir, { recursive: true });
    accessSync(stateDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { username } = userInfo();
    throw new Error(
      `${stateDir} cannot be written by ${username}. Make it theirs (chown -R ${username} ${stateDir}), ` +
        "or name another folder with --data.",
      { cause: error },
    );
  }
  const { bavail, bsize } = statfsSync(stateDir);
  const free = bavail * bsize;
  if (free < freeBytesMin) {
    throw new Error(
      `Only ${Math.floor(free / 1024 / 1024)} MB are free at ${stateDir}; 300 MB are needed. ` +
        "Make room, or name a folder elsewhere with --data.",
    );
  }
};
