import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/** Or all pods together would count as much as one process of this machine. */
const manyProcesses = { "cpu.shares": "10240", "cpu.weight": "1000" };

const favour = async (group: string): Promise<void> => {
  for (const [name, value] of Object.entries(manyProcesses)) {
    const file = join(group, name);
    if (existsSync(file)) await writeFile(file, value);
  }
};

/**
 * Makes a group below the root of every hierarchy (version 1), or of the one there is (version 2), with
 * all controllers it may have. Only what is made here is changed.
 */
export const makeControlGroup = async (path: string): Promise<void> => {
  const [top = path] = path.split("/");
  const isUnified = existsSync(join(root, "cgroup.controllers"));
  if (isUnified) {
    await makeUnified(path);
    await favour(join(root, top));
    return;
  }
  for (const hierarchy of await readdir(root)) {
    await mkdir(join(root, hierarchy, path), { recursive: true });
    await favour(join(root, hierarchy, top));
  }
};

const makeUnified = async (path: string): Promise<void> => {
  let at = root;
  for (const part of path.split("/")) {
    at = join(at, part);
    await mkdir(at, { recursive: true });
    const text = (await readFile(join(at, "cgroup.controllers"), "utf8")).trim();
    const controllers = text === "" ? [] : text.split(" ").map((name) => `+${name}`);
    await writeFile(join(at, "cgroup.subtree_control"), controllers.join(" "));
  }
};
