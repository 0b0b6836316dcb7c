import { randomBytes } from "node:crypto";
import type { KubeObject, ObjectRef } from "../../api/objects.ts";
import { ClusterError } from "../../cluster/errors.ts";
import type { Cluster } from "../../cluster/port.ts";
import { orgId } from "../fixtures.ts";
import { waitFor } from "../wait-for.ts";

export interface ContractWorld {
  cluster: Cluster;
  /** A namespace the suite has to itself. */
  namespace: string;
  close(): Promise<void>;
}

/** What the tests of the contract write with. */
export interface ContractKit {
  cluster: Cluster;
  namespace: string;
  account(spec?: Record<string, unknown>, name?: string): KubeObject;
  secret(parts?: Partial<KubeObject["metadata"]>): KubeObject;
  apply(object: KubeObject, manager?: string): Promise<KubeObject>;
  absent(ref: ObjectRef): Promise<unknown>;
}

export const createKit = ({ cluster, namespace }: ContractWorld): ContractKit => {
  const fresh = (prefix: string): string => `${prefix}-${randomBytes(4).toString("hex")}`;
  return {
    cluster,
    namespace,
    account: (spec = {}, name = fresh("account")) => ({
      apiVersion: "rarityleads.io/v1alpha1",
      kind: "WhatsAppAccount",
      metadata: { name, namespace },
      spec: { orgId, displayName: "Sales", ...spec },
    }),
    secret: (parts = {}) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: fresh("secret"), namespace, ...parts },
      data: { key: "dmFsdWU=" },
    }),
    apply: async (object, fieldManager = "operator") => cluster.apply(object, { fieldManager }),
    absent: async (ref) =>
      waitFor(async () => (await cluster.get(ref)) === undefined || undefined, {
        timeoutMs: 60_000,
      }),
  };
};

/** The ClusterError an attempt is refused with; fails when it is not. */
export const refusal = async (attempt: Promise<unknown>): Promise<ClusterError> => {
  const error = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof ClusterError) return error;
  throw new Error("not refused with a ClusterError", { cause: error });
};
