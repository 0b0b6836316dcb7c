import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureBase, publicBase } from "../../images/base.ts";
import { buildImages, type BuiltImage } from "../../images/build-images.ts";
import type { Engine } from "../../images/engine/engine.ts";
import { openEngine } from "../../images/engine/open-engine.ts";
import { familyNames } from "../../images/families.ts";
import { projectRoot, readProject, readRevision } from "../../images/project.ts";
import { Unavailable } from "../../lib/unavailable.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { toolCacheFolder } from "../binaries/cache-folder.ts";

const saveTimeoutMs = 300_000;

/** An archive for each content that was ever saved; older ones of the same family go. */
const saveOnce = async (
  engine: Engine,
  { family, image }: BuiltImage,
  folder: string,
): Promise<string> => {
  const id = await engine.docker(["image", "inspect", "--format", "{{.Id}}", image]);
  const archive = join(folder, family, `${id.trim().replace("sha256:", "").slice(0, 16)}.tar`);
  if (existsSync(archive)) return archive;
  await rm(join(folder, family), { recursive: true, force: true });
  await mkdir(join(folder, family), { recursive: true });
  await engine.docker(["save", "--output", `${archive}.new`, image], { timeoutMs: saveTimeoutMs });
  await rename(`${archive}.new`, archive);
  return archive;
};

/** Builds every image from the sources as they are, and answers archives that nodes can load. */
export const archiveProjectImages = async (
  { tag, base }: { tag: string; base?: string | undefined },
  progress: Progress,
): Promise<string[]> => {
  const { nodeVersion } = readProject();
  const engine = await openEngine(progress);
  if ("missing" in engine) throw new Unavailable(engine.missing);
  try {
    const wanted = base ?? publicBase(nodeVersion);
    const options = {
      root: projectRoot,
      base: await ensureBase(engine, { wanted, nodeVersion }, progress),
      repository: "rarity-leads",
      version: tag,
      revision: await readRevision(),
    };
    const built = await buildImages(engine, familyNames, options, progress);
    const folder = join(toolCacheFolder(process.env), "project-images");
    const archives: string[] = [];
    for (const image of built) archives.push(await saveOnce(engine, image, folder));
    return archives;
  } finally {
    await engine.close();
  }
};
