import { group } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Deployment } from "../../api/workloads.ts";

/**
 * Applies nothing but replicas. The Deployment itself is applied by another manager and without
 * them, so that an autoscaler's number is never taken for ours and set back.
 */
export const scaleFieldManager = "rarity-operator-scale";

const annotation = `${group}/replicas-by`;

/** Who chooses the replicas while the account runs. */
export type ReplicasBy = "operator" | "autoscaler";

export const replicasBy = ({ metadata }: Deployment): string | undefined =>
  metadata.annotations?.[annotation];

export interface ReplicasInput {
  namespace: string;
  name: string;
  replicas: number;
  by: ReplicasBy;
}

/** A part of a Deployment: only good for applying onto one that exists. */
export const buildReplicas = ({ namespace, name, replicas, by }: ReplicasInput): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace, annotations: { [annotation]: by } },
  spec: { replicas },
});
