import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "../../cluster/binaries/build-go-program.ts";
import { toolCacheFolder } from "../../cluster/binaries/cache-folder.ts";
import { withFolderLock } from "../../cluster/binaries/folder-lock.ts";
import { startComponent } from "../../cluster/control-plane/component.ts";
import { ensureBinary } from "../../lib/ensure-binary.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { findClient, type Client } from "./client.ts";
import { createEngine, type Engine } from "./engine.ts";

/**
 * Without networks of its own: it writes no firewall rule, no bridge and no setting of the kernel, and
 * containers are given the host's network. Layers are kept in the user's cache folder.
 */
const flags = (folder: string, socket: string): string[] => [
  ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
  ...["--pidfile", join(folder, "pid"), "--host", socket],
  ...["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
  "--bridge=none",
];

/** Held until `release`; another process that wants the same engine waits for it. */
const takeLock = async (folder: string, progress: Progress): Promise<() => void> => {
  const held = Promise.withResolvers<undefined>();
  const taken = Promise.withResolvers<undefined>();
  const work = (): Promise<undefined> => {
    taken.resolve(undefined);
    return held.promise;
  };
  withFolderLock(`${folder}.lock`, work, (pid) =>
    progress(`the image engine is in use by process ${pid}; waiting for it ...`),
  ).catch((error: unknown) => taken.reject(error));
  await taken.promise;
  return () => held.resolve(undefined);
};

const startIn = async (folder: string, client: Client, release: () => void): Promise<Engine> => {
  const socket = `unix://${join(folder, "docker.sock")}`;
  // Asked to end, it takes its containers and mounts with it.
  const launch = { file: "dockerd", args: [], stopSignal: "TERM" } as const;
  const daemon = startComponent("dockerd", launch, flags(folder, socket), join(folder, "log"));
  let code: number | undefined;
  void daemon.exited.then((status) => (code = status));
  const engine = createEngine(client, "an engine of its own", {
    host: socket,
    close: async () => {
      await daemon.stop();
      release();
    },
  });
  const answers = async (): Promise<boolean> => {
    if (code !== undefined) return true;
    await engine.docker(["version"], { timeoutMs: 5_000 });
    return true;
  };
  try {
    await waitUntil("dockerd to answer", answers, 60_000, 100);
    if (code !== undefined) throw new Error(`dockerd ended with ${code}:\n${daemon.tail()}`);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
};

/** Starts Debian's engine for this process alone; otherwise says in one sentence what is missing. */
export const startOwnEngine = async (progress: Progress): Promise<Engine | { missing: string }> => {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return {
      missing: "no Docker engine answers; start one (only root on Linux can be helped to one)",
    };
  const missing = await ensureBinary("dockerd", "docker.io", "building images");
  if (missing !== undefined) return { missing };
  const client = await findClient();
  if (client === undefined) return { missing: "docker.io brought no docker command" };
  const folder = join(toolCacheFolder(process.env), "engine");
  mkdirSync(folder, { recursive: true });
  return startIn(folder, client, await takeLock(folder, progress));
};
