import { ensureBase, publicBase } from "./images/base.ts";
import { buildImages, megabytes, saveImages } from "./images/build-images.ts";
import { openEngine } from "./images/engine/open-engine.ts";
import { families, familyNames, type FamilyName } from "./images/families.ts";
import { projectRoot, readProject, readRevision } from "./images/project.ts";
import { readArguments, refuseUsage } from "./lib/command-line.ts";

const { version, nodeVersion } = readProject();
const help = `scripts/images [family ...] [--base IMAGE|local] [--repository NAME] [--tag TAG] [--save FOLDER] [--dev] [--json]

Builds the images named, or all of them, and prints their sizes:
${familyNames.map((name) => `  ${name.padEnd(12)} ${families[name].about}${families[name].gpl ? " (holds GPL-3.0 code, see NOTICE)" : ""}`).join("\n")}

  --base        what they are built from: ${publicBase(nodeVersion)} when left out;
                local makes one with debootstrap where nothing can be pulled (root on Debian)
  --repository  what stands before the family's name; rarity-leads when left out
  --tag         ${version} when left out
  --save        also writes FOLDER/FAMILY.tar, for docker load or ctr images import
  --dev         development images: a shell and tar in them, and programs that start again with new sources
  --json        ends with one JSON line

Uses the Docker engine that answers (DOCKER_HOST is honoured). Where none does, root on Debian gets one of
its own for the time of the build; its layers are kept in the user's cache folder.`;

const { values, positionals } = readArguments(help, {
  base: { type: "string", default: publicBase(nodeVersion) },
  repository: { type: "string", default: "rarity-leads" },
  tag: { type: "string", default: version },
  save: { type: "string" },
  dev: { type: "boolean", default: false },
  json: { type: "boolean" },
});
const unknown = positionals.filter((name) => !(name in families));
if (unknown.length > 0) refuseUsage(help, `Unknown family: ${unknown.join(", ")}`);
const wanted = positionals.length > 0 ? (positionals as FamilyName[]) : familyNames;
const progress = (line: string): void => console.error(line);

const engine = await openEngine(progress);
if ("missing" in engine) {
  console.error(engine.missing);
  process.exit(69);
}
try {
  progress(`Docker: ${engine.source}${engine.buildKit ? "" : " (without BuildKit: slower)"}`);
  const base = await ensureBase(engine, { wanted: values.base, nodeVersion }, progress);
  const options = {
    root: projectRoot,
    base,
    repository: values.repository,
    version: values.tag,
    revision: await readRevision(),
    isDevelopment: values.dev,
  };
  const images = await buildImages(engine, wanted, options, progress);
  const files = values.save === undefined ? [] : await saveImages(engine, images, values.save);
  for (const { image, sizeBytes } of images)
    console.log(`${image.padEnd(40)} ${String(megabytes(sizeBytes)).padStart(5)} MB`);
  for (const file of files) console.log(file);
  if (values.json === true) console.log(JSON.stringify({ ok: true, base, images }));
} catch (error) {
  console.error(`scripts/images: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await engine.close();
}
