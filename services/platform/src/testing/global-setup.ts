import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "../migrate/index.ts";
import { startTestPostgres, startTestRedis, type TestServer } from "./start-servers.ts";
import type { TestSettings } from "./test-settings.ts";

const root = resolve(import.meta.dirname, "../../../..");
const roles = ["orchestrator", "whatsapp", "leads", "accounts", "auth"].map(
  (name) => `rarity_${name}`,
);

/** One Postgres and one Redis for the whole run; the schema is migrated once, into a template. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const given = process.env;
  const stops: (() => Promise<void>)[] = [];
  const use = async (url: string | undefined, start: () => Promise<TestServer>) => {
    if (url !== undefined && url !== "") return url;
    const server = await start();
    stops.push(server.stop);
    return server.url;
  };
  const stop = async (): Promise<void> => {
    for (const each of stops.reverse()) await each();
  };
  try {
    const adminUrl = await use(given["TEST_DATABASE_URL"], startTestPostgres);
    const redisUrl = await use(given["TEST_REDIS_URL"], startTestRedis);
    const settings: TestSettings = {
      adminUrl,
      redisUrl,
      templateDatabase: `rarity_template_${randomBytes(4).toString("hex")}`,
      sealKey: randomBytes(32).toString("hex"),
      rolePassword: "test-only",
    };
    await buildTemplate(settings);
    project.provide("rarityTest", settings);
    return async () => {
      await dropTemplate(settings);
      await stop();
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const buildTemplate = async (settings: TestSettings): Promise<void> => {
  await asAdmin(settings.adminUrl, `create database ${settings.templateDatabase}`);
  const url = new URL(settings.adminUrl);
  url.pathname = `/${settings.templateDatabase}`;
  await migrate({
    adminUrl: url.href,
    root,
    rolePasswords: Object.fromEntries(roles.map((role) => [role, settings.rolePassword])),
    sealKey: settings.sealKey,
  });
};

const dropTemplate = (settings: TestSettings): Promise<void> =>
  asAdmin(settings.adminUrl, `drop database if exists ${settings.templateDatabase} with (force)`);

const asAdmin = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};
