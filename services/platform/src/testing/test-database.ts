import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { hardenDatabase } from "../migrate/index.ts";
import "./test-settings.ts";

export type ServiceRole =
  "rarity_orchestrator" | "rarity_whatsapp" | "rarity_leads" | "rarity_accounts" | "rarity_auth";

export type TestDatabase = {
  urlFor: (role: ServiceRole) => string;
  /** Superuser: for arranging and for looking, never for the thing under test. */
  adminUrl: string;
  sealKey: string;
  drop: () => Promise<void>;
};

/** A fresh database of its own for one test file: migrated, or empty for a test that migrates it itself. */
export const testDatabase = async ({ empty = false } = {}): Promise<TestDatabase> => {
  const settings = inject("rarityTest");
  const name = `rarity_test_${randomBytes(6).toString("hex")}`;
  await withClient(settings.adminUrl, (client) =>
    client.query(
      empty
        ? `create database ${name}`
        : `create database ${name} template ${settings.templateDatabase}`,
    ),
  );
  const urlOf = (user?: string): string => {
    const url = new URL(settings.adminUrl);
    url.pathname = `/${name}`;
    if (user !== undefined) {
      url.username = user;
      url.password = settings.rolePassword;
    }
    return url.href;
  };
  // A migration does this for an empty one.
  if (!empty) await withClient(urlOf(), hardenDatabase);
  return {
    urlFor: urlOf,
    adminUrl: urlOf(),
    sealKey: settings.sealKey,
    drop: () =>
      withClient(settings.adminUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
};

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
