import type { Platform } from "../api/platform.ts";
import type { CliConfig } from "./config.ts";
import { openLocalRun } from "./connect/local-run.ts";
import { createPlatformApi } from "./connect/platform-api.ts";
import type { CliOptions } from "./options.ts";
import { CliError, type Objects, type Output, type PlatformApi } from "./ports.ts";
import type { Session } from "./session.ts";

export interface SessionDeps {
  config: CliConfig;
  /** The folder in which `scripts/up` may run. */
  root: string;
  output: Output;
  now: () => Date;
  signal: AbortSignal;
  openCluster: (options: CliOptions) => Promise<Objects>;
}

/**
 * The local run when one is here and no cluster is named; the cluster of the kubeconfig otherwise.
 */
export const openSession = async (deps: SessionDeps, options: CliOptions): Promise<Session> => {
  const namesCluster = options.context !== undefined || options.kubeconfig !== undefined;
  const local = namesCluster ? undefined : await openLocalRun(deps.root);
  const objects = local?.objects ?? (await deps.openCluster(options));
  const { output, now, signal } = deps;
  const { token } = deps.config;
  const api = async (): Promise<PlatformApi> => {
    if (local !== undefined && options.apiUrl === undefined) return local.api;
    if (token === undefined) {
      throw new CliError(
        "set RARITY_TOKEN to an API key of the organization (scope accounts:write)",
      );
    }
    const url = options.apiUrl ?? (await addressOf(objects, options));
    return createPlatformApi(url, () => Promise.resolve(token));
  };
  return { objects, api, options, output, now, signal };
};

/** Where the installation of the namespace says it answers. */
const addressOf = async (objects: Objects, options: CliOptions): Promise<string> => {
  const namespace = options.namespace ?? objects.namespace;
  const platforms = (await objects.list("Platform", { namespace })) as Platform[];
  const url = platforms.find(({ status }) => status?.url !== undefined)?.status?.url;
  if (url !== undefined) return url;
  throw new CliError(
    `no Platform in namespace ${namespace} has an address; give --api-url (for example through kubectl port-forward)`,
  );
};
