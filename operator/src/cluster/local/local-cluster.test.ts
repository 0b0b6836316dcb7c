import { describeClusterContract } from "../../testing/cluster-contract.ts";
import { createTestStore } from "../../testing/fixtures.ts";
import { createLocalCluster } from "./local-cluster.ts";

describeClusterContract("the local runtime", async () =>
  Promise.resolve({
    cluster: createLocalCluster(createTestStore()),
    namespace: "default",
    close: async () => Promise.resolve(),
  }),
);
