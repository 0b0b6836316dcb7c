import { randomBytes } from "node:crypto";
import pg from "pg";
import { readServers } from "./servers.ts";

export type TestDatabase = {
  adminUrl: string;
  sealKey: string;
  urlFor: (role: string) => string;
  drop: () => Promise<void>;
};

const run = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};

/** A database of its own for a test file, cloned from the migrated template. */
export const testDatabase = async (): Promise<TestDatabase> => {
  const servers = readServers();
  const name = `test_${randomBytes(6).toString("hex")}`;
  await run(servers.adminUrl, `create database ${name} template ${servers.template}`);
  const admin = new URL(servers.adminUrl);
  admin.pathname = `/${name}`;
  return {
    adminUrl: admin.toString(),
    sealKey: servers.sealKey,
    urlFor: (role) => {
      const url = new URL(admin);
      url.username = role;
      url.password = servers.rolePassword;
      return url.toString();
    },
    drop: () => run(servers.adminUrl, `drop database if exists ${name} with (force)`),
  };
};
