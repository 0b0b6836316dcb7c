import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Made once per data folder and kept there: a second start must read what the first one sealed. */
export type Secrets = {
  postgresPassword: string;
  rolePassword: string;
  tenantSealKey: string;
  sessionKeys: string;
  internalToken: string;
  demoPassword: string;
};

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

export const loadSecrets = (dataDir: string): Secrets => {
  const file = join(dataDir, "secrets.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Secrets;
  mkdirSync(dataDir, { recursive: true });
  const secrets: Secrets = {
    postgresPassword: hex(16),
    rolePassword: hex(16),
    tenantSealKey: hex(32),
    sessionKeys: `v1:${hex(32)}`,
    internalToken: hex(24),
    demoPassword: `demo-${hex(6)}`,
  };
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  chmodSync(file, 0o600);
  return secrets;
};
