import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../cluster/binaries/build-go-program.ts";
import type { Engine } from "./engine/engine.ts";
import { families, type FamilyName } from "./families.ts";

export type BuildOptions = {
  root: string;
  base: string;
  /** What stands before the family's name, for example rarity-leads. */
  repository: string;
  /** The tag, and the version in the labels. */
  version: string;
  revision: string;
  /** For the dev loop: with a shell and tar, run from sources that can be changed in the pod. */
  isDevelopment?: boolean;
};

export type BuiltImage = { family: FamilyName; image: string; sizeBytes: number; seconds: number };

const buildTimeoutMs = 900_000;

/** Builds one image and answers its name and size. */
const buildImage = async (
  engine: Engine,
  family: FamilyName,
  options: BuildOptions,
): Promise<BuiltImage> => {
  const { dockerfile } = families[family];
  const target = `${families[family].target}${options.isDevelopment === true ? "-dev" : ""}`;
  const image = `${options.repository}/${family}:${options.version}`;
  const began = performance.now();
  const args = {
    BASE: options.base,
    VERSION: options.version,
    REVISION: options.revision,
  };
  await engine.docker(
    [
      "build",
      ...["--file", join(options.root, dockerfile), "--target", target, "--tag", image],
      ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      // An engine without networks of its own has only the host's.
      ...["--network", "host"],
      options.root,
    ],
    { timeoutMs: buildTimeoutMs },
  );
  const size = await engine.docker(["image", "inspect", "--format", "{{.Size}}", image]);
  const seconds = (performance.now() - began) / 1000;
  return { family, image, sizeBytes: Number(size), seconds };
};

export const buildImages = async (
  engine: Engine,
  wanted: readonly FamilyName[],
  options: BuildOptions,
  progress: Progress,
): Promise<BuiltImage[]> => {
  const built: BuiltImage[] = [];
  for (const family of wanted) {
    progress(`Building ${options.repository}/${family}:${options.version} ...`);
    const image = await buildImage(engine, family, options);
    progress(`  ${image.image}: ${megabytes(image.sizeBytes)} MB in ${image.seconds.toFixed(1)} s`);
    built.push(image);
  }
  return built;
};

export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** One archive for each image, as `docker load` and `ctr images import` read it. */
export const saveImages = async (
  engine: Engine,
  images: readonly BuiltImage[],
  folder: string,
): Promise<string[]> => {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const { family, image } of images) {
    const file = join(folder, `${family}.tar`);
    await engine.docker(["save", "--output", file, image], { timeoutMs: 300_000 });
    files.push(file);
  }
  return files;
};
