import { createLogger } from "./logger/index.ts";
import { loadMigrationConfig } from "./migrate/config.ts";
import { migrate } from "./migrate/index.ts";

/** The migration Job: applies what is missing, sets the roles' passwords, and ends. */
const config = loadMigrationConfig();
const logger = createLogger({ service: "migrate", level: config.logLevel });
try {
  const applied = await migrate({
    adminUrl: config.adminUrl,
    root: process.cwd(),
    rolePasswords: config.rolePasswords,
    sealKey: config.sealKey,
    onApplied: ({ service, name }) => logger.info({ service, migration: name }, "applied"),
  });
  logger.info({ applied }, "the database is up to date");
} catch (err) {
  logger.fatal(
    { err },
    "the database could not be migrated; this version has changed nothing else",
  );
  process.exitCode = 1;
}
