import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { ensureBinary } from "../lib/ensure-binary.ts";
import { freePort } from "../lib/free-port.ts";
import { waitUntil } from "../lib/wait-until.ts";
import { startChild, type Child } from "./child.ts";

export type RunningRedis = { url: string; child: Child; port: number };

const ping = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(500, () => socket.destroy(new Error("no answer")));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString().startsWith("+PONG"));
    });
    socket.once("error", reject);
  });

/** A redis-server of our own on loopback, with its append-only file in the data folder. */
export const startRedis = async (
  dataDir: string,
  logDir: string,
  wantedPort: number,
): Promise<RunningRedis> => {
  const missing = await ensureBinary("redis-server", "redis-server", "the message queues");
  if (missing !== undefined) throw new Error(missing);
  const dir = join(dataDir, "redis");
  mkdirSync(dir, { recursive: true });
  const port = await freePort(wantedPort);
  const settings = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];
  const child = startChild({
    name: "redis",
    command: "redis-server",
    args: ["--bind", "127.0.0.1", "--port", String(port), "--dir", dir, ...settings],
    env: process.env as Record<string, string>,
    logFile: join(logDir, "redis.log"),
  });
  await waitUntil("Redis", () => ping(port), 15_000);
  return { url: `redis://127.0.0.1:${port}/0`, child, port };
};
