import type { KubeObject } from "../api/objects.ts";
import type { Deployment } from "../api/workloads.ts";

/** The one Deployment among what an account owns. */
export const deploymentOf = (owned: readonly KubeObject[]): Deployment | undefined =>
  owned.find(({ kind }) => kind === "Deployment") as Deployment | undefined;
