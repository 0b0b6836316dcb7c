import type { BuiltImage } from "../build-images.ts";
import type { FamilyName } from "../families.ts";

/** Handed from the global setup to every test file. */
type ImageTestSettings = {
  images: Record<FamilyName, BuiltImage>;
  /** The engine, as the client is told: DOCKER_HOST, or undefined for the default one. */
  host: string | undefined;
  base: string;
  nodeVersion: string;
  version: string;
  adminUrl: string;
  redisUrl: string;
};

declare module "vitest" {
  interface ProvidedContext {
    rarityImages: ImageTestSettings;
  }
}
