import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { randomBytes } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

type Secret = {
  apiVersion: "v1";
  kind: "Secret";
  metadata: { name: string };
  stringData: Record<string, string>;
};

const roles = ["orchestrator", "leads", "accounts", "auth", "whatsapp"];
const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

const databaseUrl = (user: string, password: string): string =>
  `postgres://${user}:${password}@dev-postgres:5432/rarity`;

const secret = (name: string, stringData: Record<string, string>): Secret => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name },
  stringData,
});

/** What values-dev.yaml names: database URLs, Redis, and the installation's own keys. */
const makeSecrets = async (): Promise<Secret[]> => {
  const adminPassword = hex(16);
  const rolePassword = hex(16);
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  return [
    secret("dev-database", {
      adminPassword,
      adminUrl: databaseUrl("postgres", adminPassword),
      ...Object.fromEntries(
        roles.map((role) => [`${role}Url`, databaseUrl(`rarity_${role}`, rolePassword)]),
      ),
    }),
    secret("dev-redis", { url: "redis://dev-redis:6379" }),
    secret("dev-keys", {
      tenantSealKey: hex(32),
      internalToken: hex(24),
      sessionKeys: `v1:${hex(32)}`,
      signingKey: JSON.stringify({ keys: [{ ...jwk, kid, alg: "ES256" }] }),
    }),
  ];
};

/** Made once per clone and kept there: what was sealed with them must stay readable. */
export const devSecrets = async (file: string): Promise<Secret[]> => {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Secret[];
  const secrets = await makeSecrets();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
};
