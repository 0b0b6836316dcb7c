import type { Progress } from "../../cluster/binaries/build-go-program.ts";
import { findClient } from "./client.ts";
import { createEngine, type Engine } from "./engine.ts";
import { startOwnEngine } from "./own-engine.ts";

/** The engine the docker command already reaches (DOCKER_HOST is honoured), or one of our own. */
export const openEngine = async (progress: Progress): Promise<Engine | { missing: string }> => {
  const client = await findClient();
  if (client !== undefined) {
    const engine = createEngine(client, "the running Docker engine");
    const answers = await engine.docker(["version"], { timeoutMs: 10_000 }).then(
      () => true,
      () => false,
    );
    if (answers) return engine;
  }
  return startOwnEngine(progress);
};
