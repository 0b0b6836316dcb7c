import { ClusterError, isClusterError } from "../../errors.ts";
import type { KubeClient } from "../client/kube-client.ts";
import type { LeaseSpec } from "./lease-record.ts";

export interface LeaseName {
  namespace: string;
  name: string;
}

export interface StoredLease {
  spec: LeaseSpec;
  resourceVersion: string;
}

/** Reads and writes one Lease. A write that lost a race is a Conflict and changes nothing. */
export interface LeaseClient {
  read(): Promise<StoredLease | undefined>;
  create(spec: LeaseSpec): Promise<StoredLease>;
  replace(before: StoredLease, spec: LeaseSpec): Promise<StoredLease>;
}

interface LeaseObject {
  metadata: { resourceVersion: string };
  spec?: LeaseSpec;
}

const group = "/apis/coordination.k8s.io/v1";

/** A renewal that takes longer is not worth waiting for: the next one is due. */
const timeoutMs = 3_000;

export const createLeaseClient = (
  client: KubeClient,
  { namespace, name }: LeaseName,
): LeaseClient => {
  const collection = `${group}/namespaces/${namespace}/leases`;
  const path = `${collection}/${name}`;
  const kind = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  const common = { timeoutMs, attempts: 1 } as const;
  const stored = (answer: unknown): StoredLease => {
    const { metadata, spec = {} } = answer as LeaseObject;
    return { spec, resourceVersion: metadata.resourceVersion };
  };
  return {
    read: async () => {
      try {
        return stored(await client.send({ ...common, method: "GET", path }));
      } catch (error) {
        if (isClusterError(error, "NotFound")) return undefined;
        throw error;
      }
    },
    create: async (spec) => {
      const body = { ...kind, metadata: { namespace, name }, spec };
      try {
        return stored(await client.send({ ...common, method: "POST", path: collection, body }));
      } catch (error) {
        // Somebody else was first, as with a version that is no longer current.
        if (!isClusterError(error, "AlreadyExists")) throw error;
        throw new ClusterError("Conflict", "the lease has been created meanwhile");
      }
    },
    replace: async ({ resourceVersion }, spec) => {
      const body = { ...kind, metadata: { namespace, name, resourceVersion }, spec };
      return stored(await client.send({ ...common, method: "PUT", path, body }));
    },
  };
};
