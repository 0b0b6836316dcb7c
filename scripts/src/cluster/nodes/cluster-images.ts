import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../../lib/run-command.ts";
import { packImage } from "./pack-image.ts";

/** Images every node has; nothing is pulled. */
export const images = {
  pause: "rarity-leads/pause:local",
  envoy: "rarity-leads/envoy:local",
  podbox: "rarity-leads/podbox:local",
} as const;

/** Names without a registry are Docker's; this is how a node calls them. */
export const fullName = (image: string): string => `docker.io/${image}`;

/** The libraries a program is linked with, and its loader. */
const librariesOf = async (program: string): Promise<string[]> => {
  const text = await runCommand("ldd", [program]);
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
};

/** Writes the archives beside the programs they hold, once; answers their paths. */
export const ensureImages = async (files: { podbox: string; envoy: string }): Promise<string[]> => {
  const ensure = async (
    program: string,
    name: string,
    entrypoint: string[],
    libraries: string[] = [],
  ): Promise<string> => {
    const archive = join(dirname(program), `${name.replaceAll(/\W+/g, "-")}.tar`);
    const [path = program] = entrypoint;
    const content = Object.fromEntries(libraries.map((file) => [file, file]));
    if (!existsSync(archive))
      await packImage({ name, entrypoint, files: { ...content, [path]: program } }, archive);
    return archive;
  };
  return Promise.all([
    ensure(files.podbox, images.pause, ["/podbox", "pause"]),
    ensure(files.podbox, images.podbox, ["/podbox"]),
    ensure(files.envoy, images.envoy, ["/envoy"], await librariesOf(files.envoy)),
  ]);
};
