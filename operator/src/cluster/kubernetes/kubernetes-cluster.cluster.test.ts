import { openTestCluster } from "../../../../scripts/src/cluster/testing/cluster.ts";
import { describeClusterContract } from "../../testing/cluster-contract.ts";
import type { ContractWorld } from "../../testing/cluster-contract/contract-kit.ts";
import { accessOf, openKubernetesCluster } from "../../testing/kubernetes-world.ts";
import type { KubernetesClusterDeps } from "./kubernetes-cluster.ts";

const openWith = async (options: Partial<KubernetesClusterDeps>): Promise<ContractWorld> => {
  const test = await openTestCluster("contract");
  const cluster = openKubernetesCluster(accessOf(test.access), options);
  return {
    cluster,
    namespace: test.namespace,
    close: async () => {
      await cluster.close();
      await test.close();
    },
  };
};

// Without a cache everything is read from the server, until the tests of watching start one.
describeClusterContract("a real API server, read directly", async () => openWith({}));
describeClusterContract("a real API server, read from the cache", async () =>
  openWith({ cached: ["WhatsAppAccount", "Secret", "Deployment"] }),
);
describeClusterContract("a real API server, with Secrets kept as metadata", async () =>
  openWith({ cached: ["WhatsAppAccount", "Secret"], metadataOnly: ["Secret"] }),
);
