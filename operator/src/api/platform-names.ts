import { labels, rollOf, shortHash } from "./names.ts";
import type { Channel } from "./account-kinds.ts";
import type { Platform } from "./platform.ts";

/** Every name and label of what a Platform becomes. */
export const componentLabel = "app.kubernetes.io/component";
export const platformLabel = "rarityleads.io/platform";

export const componentName = (platform: Platform, component: string): string =>
  `${platform.metadata.name}-${component}`;

/** The ServiceAccount of every account's pods of one channel. */
export const channelIdentity = (platform: Platform, channel: Channel): string =>
  componentName(platform, channel);

/** One Job for each version and database: a changed version migrates again, a restart does not. */
export const migrationJobName = (platform: Platform, version: string): string => {
  const { database, secretsRef } = platform.spec;
  const roll = rollOf(platform);
  const again = roll === undefined ? [] : [roll];
  const hash = shortHash([version, database.secretName, secretsRef.name, ...again]);
  return `${platform.metadata.name}-migrate-${hash}`;
};

export const selectorLabelsOf = (
  platform: Platform,
  component: string,
): Record<string, string> => ({
  [labels.name]: "rarity-leads",
  [labels.instance]: platform.metadata.name,
  [componentLabel]: component,
});

export const componentLabels = (platform: Platform, component: string): Record<string, string> => ({
  ...selectorLabelsOf(platform, component),
  [labels.partOf]: "rarity-leads",
  [labels.managedBy]: "rarity-operator",
  [platformLabel]: platform.metadata.name,
});
