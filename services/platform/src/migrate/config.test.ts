import { describe, expect, test } from "vitest";
import { loadMigrationConfig } from "./config.ts";

const role = (name: string, password: string): string => `postgres://${name}:${password}@db/rarity`;
const complete = {
  DATABASE_ADMIN_URL: role("postgres", "admin"),
  TENANT_SEAL_KEY: "5".repeat(64),
  ORCHESTRATOR_URL: role("rarity_orchestrator", "a%2Fb"),
  LEADS_URL: role("rarity_leads", "l"),
  ACCOUNTS_URL: role("rarity_accounts", "a"),
  AUTH_URL: role("rarity_auth", "u"),
  WHATSAPP_URL: role("rarity_whatsapp", "w"),
};

describe("loadMigrationConfig", () => {
  test("takes each role's password from the URL the role logs in with", () => {
    expect(loadMigrationConfig(complete).rolePasswords).toEqual({
      rarity_orchestrator: "a/b",
      rarity_leads: "l",
      rarity_accounts: "a",
      rarity_auth: "u",
      rarity_whatsapp: "w",
    });
  });
});
