import { z } from "zod";
import { env, loadConfig } from "../config/index.ts";

const roleUrl = env.url("postgres", "postgresql").refine((url) => new URL(url).password !== "", {
  message: "must name the role's password",
});

const Environment = z.object({
  LOG_LEVEL: env.logLevel(),
  /** A superuser, or an owner that may create roles. Nothing but this process gets it. */
  DATABASE_ADMIN_URL: env.url("postgres", "postgresql"),
  TENANT_SEAL_KEY: env.hexKey(32),
  ORCHESTRATOR_URL: roleUrl,
  LEADS_URL: roleUrl,
  ACCOUNTS_URL: roleUrl,
  AUTH_URL: roleUrl,
  WHATSAPP_URL: roleUrl,
});

export interface MigrationConfig {
  logLevel: z.output<typeof Environment>["LOG_LEVEL"];
  adminUrl: string;
  sealKey: string;
  /** Each role's password, as the URL it will log in with has it. */
  rolePasswords: Record<string, string>;
}

export const loadMigrationConfig = (
  environment: Record<string, string | undefined> = process.env,
): MigrationConfig => {
  const given = loadConfig(Environment, environment);
  const urls = [
    given.ORCHESTRATOR_URL,
    given.LEADS_URL,
    given.ACCOUNTS_URL,
    given.AUTH_URL,
    given.WHATSAPP_URL,
  ].map((url) => new URL(url));
  return {
    logLevel: given.LOG_LEVEL,
    adminUrl: given.DATABASE_ADMIN_URL,
    sealKey: given.TENANT_SEAL_KEY,
    rolePasswords: Object.fromEntries(
      urls.map((url) => [decodeURIComponent(url.username), decodeURIComponent(url.password)]),
    ),
  };
};
