import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { ensureBinary } from "../lib/ensure-binary.ts";
import { findOnPath } from "../lib/find-on-path.ts";
import { preferPort } from "@rarity/platform/ports";
import { Unavailable } from "../lib/unavailable.ts";
import { waitUntil } from "../lib/wait-until.ts";
import { startChild, type Child, type ChildSpec } from "./child.ts";

export type RunningRedis = { url: string; child: Child; port: number };

export const pingRedis = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(500, () => socket.destroy(new Error("no answer")));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString().startsWith("+PONG"));
    });
    socket.once("error", reject);
  });

/** Valkey is the same server under another name; redis-server is installed when neither is there. */
export const findRedisServer = async (): Promise<string> => {
  const found = (await findOnPath("redis-server")) ?? (await findOnPath("valkey-server"));
  if (found !== undefined) return found;
  const missing = await ensureBinary("redis-server", "redis-server", "the message queues");
  if (missing !== undefined) {
    throw new Unavailable(`${missing}\nOr set REDIS_URL to a Redis that runs already.`);
  }
  return "redis-server";
};

/** How to run a server of our own on loopback, with its append-only file in the data folder. */
export const redisSpec = async (
  dataDir: string,
  logDir: string,
  port: number,
): Promise<ChildSpec> => {
  const command = await findRedisServer();
  const dir = join(dataDir, "redis");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const settings = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];
  return {
    name: "redis",
    command,
    args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", dir, ...settings],
    env: process.env as Record<string, string>,
    logFile: join(logDir, "redis.log"),
  };
};

/** Starts it and leaves its life to the caller. */
export const startRedis = async (
  dataDir: string,
  logDir: string,
  wantedPort: number,
): Promise<RunningRedis> => {
  const port = await preferPort(wantedPort);
  const child = startChild(await redisSpec(dataDir, logDir, port));
  await waitUntil("Redis", () => pingRedis(port), 15_000);
  return { url: `redis://127.0.0.1:${port}/0`, child, port };
};
