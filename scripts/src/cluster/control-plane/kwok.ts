import { join } from "node:path";
import type { KwokFiles } from "../binaries/kwok-files.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { createKubeClient, type KubeClient, type KubeObject } from "../client/kube-client.ts";
import { freePort } from "@rarity/platform/ports";
import type { ControlPlane } from "./start-control-plane.ts";

type Node = KubeObject & { status?: { conditions?: { type: string; status: string }[] } };

const fakeNode = (name: string): KubeObject => {
  const room = { cpu: "64", memory: "512Gi", pods: "5000" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "node.alpha.kubernetes.io/ttl": "0" },
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", type: "kwok" },
    },
    status: { allocatable: room, capacity: room },
  };
};

const untilReady = (client: KubeClient, node: KubeObject): Promise<boolean> =>
  waitUntil(`node ${node.metadata.name} to be ready`, async () => {
    const conditions = (await client.get<Node>(node))?.status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === "Ready" && status === "True");
  });

/** Fakes nodes, and with them pods that become ready at once and run nothing. Ends with the control plane. */
export const startKwok = async (
  controlPlane: ControlPlane,
  files: KwokFiles,
  nodes: readonly string[],
): Promise<void> => {
  const port = await freePort();
  controlPlane.addComponent("kwok", { file: files.file, args: [] }, [
    `--kubeconfig=${join(controlPlane.folder, "kubeconfig")}`,
    "--manage-all-nodes=true",
    `--config=${files.stagesFile}`,
    "--node-lease-duration-seconds=40",
    `--server-address=127.0.0.1:${port}`,
  ]);
  const client = createKubeClient(controlPlane);
  try {
    for (const node of nodes.map(fakeNode)) {
      await client.request("/api/v1/nodes", { method: "POST", body: node });
      await untilReady(client, node);
    }
  } finally {
    await client.close();
  }
};
