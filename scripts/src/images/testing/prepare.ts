import type { Progress } from "../../cluster/binaries/build-go-program.ts";
import { openEngine } from "../engine/open-engine.ts";

/** Why images cannot be built and run here, in one sentence; undefined when they can. */
export const missingForImages = async (progress: Progress): Promise<string | undefined> => {
  if (process.platform !== "linux")
    return "images are run on Linux only: containers share the host's network";
  const engine = await openEngine(progress);
  if ("missing" in engine) return engine.missing;
  await engine.close();
  return undefined;
};
