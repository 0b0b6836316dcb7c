import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { ensureBinary } from "../../lib/ensure-binary.ts";
import { findInFolders, findOnPath } from "../../lib/find-on-path.ts";
import { runCommand } from "../../lib/run-command.ts";
import type { Progress } from "./build-go-program.ts";
import { toolCacheFolder, type Environment } from "./cache-folder.ts";
import { withFolderLock } from "./folder-lock.ts";

/** The container runtime of a node: absolute paths of its programs. */
export type NodePrograms = {
  containerd: string;
  ctr: string;
  runc: string;
  /** What containerd starts by name has to be on its PATH. */
  folders: string[];
  /** The folder with the CNI plug-ins ptp and host-local. */
  cni: string;
};

const packages = ["containerd", "runc", "containernetworking-plugins"];
const cniFolders = ["/opt/cni/bin", "/usr/lib/cni"];

const inFolders = async (root: string): Promise<NodePrograms | undefined> => {
  const folders = ["usr/sbin", "usr/bin"].map((folder) => join(root, folder));
  const extra = root === "/" ? (process.env["PATH"] ?? "").split(delimiter) : [];
  const find = (name: string): Promise<string | undefined> =>
    findInFolders(name, [...extra, ...folders]);
  const [containerd, ctr, runc] = await Promise.all(["containerd", "ctr", "runc"].map(find));
  const cni = cniFolders
    .map((folder) => join(root, folder))
    .find((folder) => existsSync(join(folder, "ptp")));
  if (containerd === undefined || ctr === undefined || runc === undefined || cni === undefined)
    return undefined;
  return { containerd, ctr, runc, cni, folders: [dirname(containerd), dirname(runc)] };
};

/** Unpacked, not installed: an installed containerd is a service that starts with the machine. */
const unpack = async (target: string, progress: Progress): Promise<void> => {
  const scratch = await mkdtemp(join(dirname(target), ".debian-"));
  try {
    progress(`Fetching Debian's ${packages.join(", ")} (unpacked, not installed) ...`);
    const timeoutMs = 300_000;
    await runCommand("apt-get", ["update", "-qq"], { timeoutMs });
    await runCommand("apt-get", ["download", "-qq", ...packages], { cwd: scratch, timeoutMs });
    const files = (await readdir(scratch)).filter((name) => name.endsWith(".deb"));
    const root = join(scratch, "root");
    for (const file of files) await runCommand("dpkg-deb", ["-x", join(scratch, file), root]);
    // The folder appears whole or not at all.
    await rename(root, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const release = async (): Promise<string> => {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? "linux";
};

/** The programs of this machine, or Debian's in the user's cache folder; otherwise one sentence for people. */
export const findNodePrograms = async (
  env: Environment,
  progress: Progress,
): Promise<NodePrograms | { missing: string }> => {
  for (const [binary, debianPackage] of [
    ["nft", "nftables"],
    ["ip", "iproute2"],
  ] as const) {
    const missing = await ensureBinary(binary, debianPackage, "nodes");
    if (missing !== undefined) return { missing };
  }
  const installed = await inFolders("/");
  if (installed !== undefined) return installed;
  const cache = toolCacheFolder(env);
  const target = join(cache, `node-programs-${await release()}-${process.arch}`);
  if (!existsSync(target)) {
    if ((await findOnPath("apt-get")) === undefined)
      return { missing: `put containerd, ctr and runc on PATH and CNI in ${cniFolders[0]}` };
    await mkdir(cache, { recursive: true });
    const fetch = async (): Promise<void> => {
      if (!existsSync(target)) await unpack(target, progress);
    };
    await withFolderLock(`${target}.lock`, fetch, (pid) =>
      progress(`containerd is being fetched by process ${pid}; waiting for it ...`),
    );
  }
  return (await inFolders(target)) ?? { missing: `${target} is not whole; remove it` };
};
