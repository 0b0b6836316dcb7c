import type { TestProject } from "vitest/node";
import { startTestPostgres, startTestRedis } from "@rarity/platform/testing";
import { ensureBase, publicBase } from "../base.ts";
import { buildImages, type BuiltImage } from "../build-images.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open-engine.ts";
import { familyNames, type FamilyName } from "../families.ts";
import { projectRoot, readProject, readRevision } from "../project.ts";
import "./settings.ts";

const progress = (line: string): void => console.error(line);

/** The public base where it can be pulled, otherwise one made here. */
const anyBase = async (engine: Engine, nodeVersion: string): Promise<string> => {
  try {
    return await ensureBase(engine, { wanted: publicBase(nodeVersion), nodeVersion }, progress);
  } catch (error) {
    progress((error as Error).message);
    return ensureBase(engine, { wanted: "local", nodeVersion }, progress);
  }
};

/** Builds every image once, and starts the Postgres and the Redis their programs are run against. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each();
  };
  const engine = await openEngine(progress);
  if ("missing" in engine) throw new Error(engine.missing);
  stops.push(engine.close);
  try {
    const { version, nodeVersion } = readProject();
    const base = await anyBase(engine, nodeVersion);
    const revision = await readRevision();
    const options = { root: projectRoot, repository: "rarity-leads-test", version, revision, base };
    const built = await buildImages(engine, familyNames, options, progress);
    const postgres = await startTestPostgres();
    stops.push(postgres.stop);
    const redis = await startTestRedis();
    stops.push(redis.stop);
    project.provide("rarityImages", {
      images: Object.fromEntries(built.map((image) => [image.family, image])) as Record<
        FamilyName,
        BuiltImage
      >,
      host: engine.host,
      base,
      nodeVersion,
      version,
      adminUrl: postgres.url,
      redisUrl: redis.url,
    });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
};
