import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCommand } from "../../lib/run-command.ts";

/** An image of single files, for which no engine is needed. */
export type ImageContent = {
  name: string;
  /** The file on this machine for each path in the image. */
  files: Readonly<Record<string, string>>;
  entrypoint: readonly string[];
};

const sha256 = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
};

/** The same content gives the same bytes. */
const packFolder = (folder: string, archive: string): Promise<string> =>
  runCommand("tar", [
    ...["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"],
    ...["-C", folder, "-c", "-f", archive, "."],
  ]);

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64" };

/** Writes an archive of one layer, as `docker load` and `ctr images import` read it. */
export const packImage = async (content: ImageContent, archive: string): Promise<void> => {
  await mkdir(dirname(archive), { recursive: true });
  const scratch = await mkdtemp(`${archive}.`);
  const root = join(scratch, "root");
  const parts = join(scratch, "parts");
  try {
    await mkdir(join(root, "tmp"), { recursive: true, mode: 0o1777 });
    await mkdir(parts);
    for (const [path, file] of Object.entries(content.files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await cp(file, join(root, path), { dereference: true });
    }
    await packFolder(root, join(parts, "layer.tar"));
    const config = JSON.stringify({
      architecture: architectures[process.arch] ?? process.arch,
      os: "linux",
      config: { Entrypoint: content.entrypoint, WorkingDir: "/" },
      rootfs: { type: "layers", diff_ids: [`sha256:${await sha256(join(parts, "layer.tar"))}`] },
    });
    const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
    const manifest = [{ Config: configName, RepoTags: [content.name], Layers: ["layer.tar"] }];
    await writeFile(join(parts, configName), config);
    await writeFile(join(parts, "manifest.json"), JSON.stringify(manifest));
    await packFolder(parts, join(scratch, "image.tar"));
    // The archive appears whole or not at all.
    await rename(join(scratch, "image.tar"), archive);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
