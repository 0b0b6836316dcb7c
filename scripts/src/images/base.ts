import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Progress } from "../cluster/binaries/build-go-program.ts";
import { ensureBinary } from "../lib/ensure-binary.ts";
import { findOnPath } from "../lib/find-on-path.ts";
import type { Engine } from "./engine/engine.ts";
import { runCommand } from "../lib/run-command.ts";

const suite = "bookworm";
const mirror = "http://deb.debian.org/debian";

/** The image all others are built from when no other is named: Debian 12 with exactly this Node. */
export const publicBase = (nodeVersion: string): string => `node:${nodeVersion}-${suite}-slim`;

const localBase = (nodeVersion: string): string => `rarity-leads/base:${nodeVersion}-${suite}`;

const has = (engine: Engine, image: string): Promise<boolean> =>
  engine.docker(["image", "inspect", image]).then(
    () => true,
    () => false,
  );

/** The wanted base, pulled when it is absent. `local` makes one on this machine. */
export const ensureBase = async (
  engine: Engine,
  { wanted, nodeVersion }: { wanted: string; nodeVersion: string },
  progress: Progress,
): Promise<string> => {
  if (wanted === "local") return makeLocalBase(engine, nodeVersion, progress);
  if (await has(engine, wanted)) return wanted;
  progress(`Pulling ${wanted} ...`);
  try {
    await engine.docker(["pull", "--quiet", wanted], { timeoutMs: 600_000 });
  } catch (error) {
    const reason = (error as Error).message.trim().split("\n").at(-1);
    throw new Error(
      `${wanted} could not be pulled (${reason}). Name another with --base, or make one with --base local.`,
      { cause: error },
    );
  }
  return wanted;
};

/**
 * A stand-in for the public image where that cannot be pulled: a minimal Debian, the project's own Node
 * and this machine's npm and certificate authorities. Nothing of it but Node is in what is shipped.
 */
const makeLocalBase = async (
  engine: Engine,
  nodeVersion: string,
  progress: Progress,
): Promise<string> => {
  const image = localBase(nodeVersion);
  if (await has(engine, image)) return image;
  if (process.getuid?.() !== 0) throw new Error("--base local needs root (debootstrap)");
  const missing = await ensureBinary("debootstrap", "debootstrap", "making a base image");
  if (missing !== undefined) throw new Error(missing);
  const scratch = await mkdtemp(join(tmpdir(), "rarity-base-"));
  const root = join(scratch, "root");
  try {
    progress(`Making ${image} with debootstrap (about a minute, then kept) ...`);
    await runCommand("debootstrap", ["--variant=minbase", suite, root, mirror], {
      timeoutMs: 900_000,
    });
    await fillBase(root);
    const archive = join(scratch, "base.tar");
    await runCommand("tar", ["-C", root, "-c", "-f", archive, "."], { timeoutMs: 120_000 });
    await engine.docker(["import", ...settings(root), archive, image], { timeoutMs: 120_000 });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return image;
};

/** The folder of this machine's npm: its command is a link into it. */
const findNpm = async (): Promise<string> => {
  const command = await findOnPath("npm");
  if (command === undefined) throw new Error("npm was not found");
  const folder = resolve(await realpath(command), "../..");
  if (!existsSync(join(folder, "package.json")))
    throw new Error(`${command} is not npm's own link`);
  return folder;
};

const authorities = "etc/ssl/certs/ca-certificates.crt";

const settings = (root: string): string[] =>
  [
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    'CMD ["node"]',
    ...(existsSync(join(root, authorities)) ? [`ENV NODE_EXTRA_CA_CERTS=/${authorities}`] : []),
  ].flatMap((change) => ["--change", change]);

const fillBase = async (root: string): Promise<void> => {
  const npm = await findNpm();
  const modules = join(root, "usr/local/lib/node_modules");
  await mkdir(modules, { recursive: true });
  await cp(process.execPath, join(root, "usr/local/bin/node"), { dereference: true });
  await cp(npm, join(modules, "npm"), { recursive: true, dereference: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  for (const folder of ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc"])
    for (const entry of await readdir(join(root, folder)))
      await rm(join(root, folder, entry), { recursive: true, force: true });
  // The registry may be behind a proxy with an authority of its own.
  if (!existsSync(`/${authorities}`)) return;
  await mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  await cp(`/${authorities}`, join(root, authorities), { dereference: true });
};
