import { onTestFinished } from "vitest";
import { runCommand } from "../../lib/run-command.ts";
import { createKubeClient, type KubeClient, type KubeObject } from "../client/kube-client.ts";
import { prepareNodeTools } from "../nodes/prepare-nodes.ts";
import { startNodes, type NodesCluster, type NodesOptions } from "../nodes/start-nodes.ts";

export type TestNodes = NodesCluster & {
  client: KubeClient;
  /** Runs kubectl against the cluster; answers what it wrote, also of a command that failed. */
  kubectl: (...args: readonly string[]) => Promise<string>;
  close: () => Promise<void>;
};

/** A cluster of two nodes for one test file. Start it in beforeAll, close it in afterAll. */
export const startTestNodes = async (
  options: Partial<Pick<NodesOptions, "count" | "crds" | "archives">> = {},
): Promise<TestNodes> => {
  const progress = (line: string): void => console.error(line);
  const tools = await prepareNodeTools(progress);
  if ("missing" in tools) throw new Error(tools.missing);
  const cluster = await startNodes({ tools, progress, ...options });
  const client = createKubeClient(cluster);
  const to = ["kubectl", "--kubeconfig", cluster.kubeconfigPath];
  return {
    ...cluster,
    client,
    kubectl: (...args) =>
      runCommand(tools.kubebox, [...to, ...args], { both: true, timeoutMs: 300_000 }).catch(
        (error: unknown) => (error as Error).message,
      ),
    close: async () => {
      await client.close();
      await cluster.stop();
    },
  };
};

/** Applies the object for the rest of this test. */
export const applyForTest = async (client: KubeClient, object: KubeObject): Promise<void> => {
  await client.apply(object);
  onTestFinished(() => client.delete(object).then(() => undefined));
};
