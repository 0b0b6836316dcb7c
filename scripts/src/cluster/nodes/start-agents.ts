import { join } from "node:path";
import type { AddComponent } from "../control-plane/start-control-plane.ts";
import type { OpenNode } from "./open-node.ts";

export type ClusterNode = {
  name: string;
  address: string;
  /** Ends kubelet and containerd; containers go on, as when a node loses its control plane. */
  stopAgents: () => Promise<void>;
  /** As if its power failed: everything on it ends at once. */
  kill: () => Promise<void>;
};

/** Starts what makes a machine a node: kubelet, kube-proxy and the enforcer of NetworkPolicies. */
export const startAgents = (
  { layout, namespace, runtime }: OpenNode,
  kubebox: string,
  addComponent: AddComponent,
): ClusterNode => {
  const { folder, node, kubeconfig } = layout;
  const start = (program: string, flags: readonly string[]) =>
    addComponent(
      `${program}-${node.name}`,
      { file: kubebox, args: [program], enter: namespace.enter },
      flags,
    );
  const kubelet = start("kubelet", [
    `--config=${join(folder, "kubelet.yaml")}`,
    `--kubeconfig=${kubeconfig(node.name)}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
    `--root-dir=${join(folder, "kubelet")}`,
    `--cert-dir=${join(folder, "certificates")}`,
  ]);
  start("kube-proxy", [`--config=${join(folder, "kube-proxy.yaml")}`]);
  start("kube-netpol", [`--kubeconfig=${kubeconfig("kube-netpol")}`, `--node=${node.name}`]);
  return {
    ...{ name: node.name, address: node.address },
    stopAgents: async () => {
      await Promise.all([kubelet.stop(), runtime.stop()]);
    },
    kill: () => namespace.component.stop(),
  };
};
