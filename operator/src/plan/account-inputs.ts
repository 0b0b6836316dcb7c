import {
  accountKinds,
  secretReferencesOf,
  settingsOf,
  type Account,
} from "../api/account-kinds.ts";
import { rollOf } from "../api/names.ts";
import { versionOf, type PlatformContext } from "../desired/platform/context.ts";
import type { AccountObservation } from "./plan-account.ts";

/**
 * What the pods of an account are made from. As long as it is the same, a newer operator leaves the
 * pods as they are. Processes on this machine start anew with the operator anyway.
 */
export const accountInputs = ({ account, installation }: AccountObservation): unknown => {
  if (!installation.ok || installation.installation.runs === "processes") return undefined;
  const { context } = installation.installation;
  const { metadata } = context.platform;
  return {
    settings: settingsOf(account),
    secrets: secretReferencesOf(account),
    orgId: account.spec.orgId,
    accountId: account.spec.accountId,
    platform: { ...partsForPods(context), name: metadata.name, version: versionOf(context) },
    digests: digestsFor(account, context),
    trust: context.sandboxTrust,
    roll: [rollOf(account), rollOf(context.platform)],
  };
};

/** What of a Platform an account's pods are made from. A change to anything else replaces none. */
const partsForPods = ({ platform }: PlatformContext): object => {
  const { images, database, redis, secretsRef, media, telemetry, sandbox } = platform.spec;
  const { otlpEndpoint } = telemetry ?? {};
  return { images, database, redis, secretsRef, media, otlpEndpoint, sandbox };
};

/** Of the Platform's Secrets, the values those pods read. */
const digestsFor = (account: Account, context: PlatformContext): object => {
  const { database, redis, secretsRef, media } = context.platform.spec;
  const read = new Set([
    `${database.secretName}/${accountKinds[account.kind].channel}Url`,
    `${redis.urlSecretRef.name}/${redis.urlSecretRef.key}`,
    `${secretsRef.name}/tenantSealKey`,
    `${secretsRef.name}/sessionKeys`,
  ]);
  const credentials = `${media?.s3?.credentialsSecretName ?? ""}/`;
  return Object.fromEntries(
    Object.entries(context.secretDigests).filter(
      ([key]) => read.has(key) || key.startsWith(credentials),
    ),
  );
};
