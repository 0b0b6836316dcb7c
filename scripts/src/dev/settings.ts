import { join } from "node:path";
import { projectRoot } from "../images/project.ts";

/** What the dev loop, its commands and its tests agree on. */
export const dev = {
  cluster: "rarity",
  context: "kind-rarity",
  namespace: "rarity",
  release: "rarity",
  /** The Platform in values-dev.yaml. */
  platform: "dev",
  tag: "dev",
  chart: join(projectRoot, "charts/rarity-leads"),
  values: join(projectRoot, "charts/rarity-leads/values-dev.yaml"),
  secretsFile: join(projectRoot, ".rarity/dev/secrets.json"),
  stores: join(projectRoot, "dev/stores.yaml"),
} as const;

/** Postgres and Redis as the Platform finds them. */
export type Stores = {
  /** Their objects, as YAML. */
  file: string;
  secretsFile: string;
  /** Those of them that are pods, to wait for. */
  deployments: readonly string[];
};

export const podStores: Stores = {
  file: dev.stores,
  secretsFile: dev.secretsFile,
  deployments: ["dev-postgres", "dev-redis"],
};
