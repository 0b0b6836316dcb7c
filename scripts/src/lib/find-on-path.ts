import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first executable file of that name in the folders of `path`. */
export const findInFolders = async (
  binary: string,
  folders: readonly string[],
): Promise<string | undefined> => {
  for (const folder of folders) {
    const file = join(folder, binary);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
};

export const findOnPath = (binary: string): Promise<string | undefined> =>
  findInFolders(binary, (process.env["PATH"] ?? "").split(delimiter));
