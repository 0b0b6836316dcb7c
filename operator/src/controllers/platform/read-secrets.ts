import { createHmac } from "node:crypto";
import type { Platform } from "../../api/platform.ts";
import type { Secret } from "../../api/workloads.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { SecretKeys } from "../../desired/platform/secret-keys.ts";

export interface SecretReading {
  /** By `secret/key`; what it is made from cannot be guessed from it. */
  digests: Record<string, string>;
  /** What is required and not there, in words. */
  missing: string[];
  /** For the calls of this operator to the installation's services. */
  internalToken: string | undefined;
}

/**
 * Reads the Secrets an installation names, one by one and by name. Values stay in here: what leaves
 * is a digest keyed with the installation's own secret, which changes when a value does.
 */
export const readSecrets = async (
  cluster: Pick<Cluster, "get">,
  platform: Platform,
  keys: SecretKeys,
): Promise<SecretReading> => {
  const { namespace } = platform.metadata;
  const { secretsRef } = platform.spec;
  const wanted = [...keys.required, ...keys.optional];
  const names = [...new Set(wanted.map((key) => key.slice(0, key.indexOf("/"))))];
  const read = async (name: string) =>
    [name, (await cluster.get({ kind: "Secret", namespace, name })) as Secret | undefined] as const;
  const secrets = new Map(await Promise.all(names.map(read)));
  const valueOf = (key: string): string | undefined => {
    const slash = key.indexOf("/");
    return secrets.get(key.slice(0, slash))?.data?.[key.slice(slash + 1)];
  };
  const sealKey = valueOf(`${secretsRef.name}/tenantSealKey`) ?? platform.metadata.uid ?? "";
  const token = valueOf(`${secretsRef.name}/internalToken`);
  return {
    digests: Object.fromEntries(
      wanted.flatMap((key) => {
        const value = valueOf(key);
        return value === undefined ? [] : [[key, digest(sealKey, key, value)]];
      }),
    ),
    missing: keys.required
      .filter((key) => valueOf(key) === undefined)
      .map((key) => inWords(key, secrets)),
    internalToken: token === undefined ? undefined : Buffer.from(token, "base64").toString("utf8"),
  };
};

const digest = (sealKey: string, key: string, value: string): string =>
  createHmac("sha256", sealKey).update(`${key}\n${value}`).digest("hex").slice(0, 16);

const inWords = (key: string, secrets: ReadonlyMap<string, Secret | undefined>): string => {
  const slash = key.indexOf("/");
  const name = key.slice(0, slash);
  return secrets.get(name) === undefined
    ? `Secret ${name} is missing`
    : `Secret ${name} has no key ${key.slice(slash + 1)}`;
};
