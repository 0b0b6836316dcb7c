import { join } from "node:path";
import { stringify } from "yaml";
import type { NodePrograms } from "../binaries/node-programs.ts";
import type { ImageStore } from "./image-store.ts";
import { network, type NodeAddresses } from "./network.ts";

/** What a node's programs are told. `pki` gives paths of the cluster's certificates, `folder` is the node's own. */
export type NodeLayout = {
  node: NodeAddresses;
  folder: string;
  pki: (name: string) => string;
  /** The control group under which all of its pods are. */
  cgroup: string;
  kubeconfig: (user: string) => string;
  programs: NodePrograms;
  pauseImage: string;
  /** Images it has from the beginning. */
  store: ImageStore;
};

export const containerdSocket = (folder: string): string => join(folder, "containerd.sock");

/** Pods share the machine: a node neither reserves nor evicts, and it changes no setting of the kernel. */
const kubeletSettings = ({ node, folder, pki, cgroup }: NodeLayout) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: node.address,
  port: 10250,
  healthzPort: 0,
  tlsCertFile: pki(`${node.name}-serving.crt`),
  tlsPrivateKeyFile: pki(`${node.name}-serving.key`),
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: pki("ca.crt") },
  },
  authorization: { mode: "Webhook" },
  clusterDNS: [network.dns],
  clusterDomain: "cluster.local",
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${cgroup}`,
  enforceNodeAllocatable: [],
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  makeIPTablesUtilChains: false,
  containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`,
  imageGCHighThresholdPercent: 100,
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "0%",
    "imagefs.available": "0%",
    "nodefs.inodesFree": "0%",
  },
  resolvConf: "",
  podLogsDir: join(folder, "pod-logs"),
  maxPods: 60,
  protectKernelDefaults: true,
});

const proxySettings = ({ node, kubeconfig }: NodeLayout) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "nftables",
  clientConnection: { kubeconfig: kubeconfig("kube-proxy") },
  hostnameOverride: node.name,
  detectLocalMode: "ClusterCIDR",
  clusterCIDR: network.pods,
  healthzBindAddress: `${node.address}:10256`,
  metricsBindAddress: "127.0.0.1:10249",
  oomScoreAdj: 0,
  // These would be settings of the kernel.
  conntrack: {
    maxPerCore: 0,
    min: 0,
    tcpEstablishedTimeout: "0s",
    tcpCloseWaitTimeout: "0s",
  },
  nftables: { minSyncPeriod: "0s", syncPeriod: "30s" },
});

/** Storage this machine need not have; and `opt`, which would make a folder in /opt. */
const unusedPlugins = [
  ...["aufs", "btrfs", "zfs", "devmapper"].map((name) => `io.containerd.snapshotter.v1.${name}`),
  "io.containerd.internal.v1.opt",
  "io.containerd.tracing.processor.v1.otlp",
];

/** containerd's own file. Its data and its socket are in `folder`. */
export const runtimeSettings = ({
  folder,
  programs,
  pauseImage,
}: Pick<NodeLayout, "folder" | "programs" | "pauseImage">): string => `version = 2
root = "${folder}/containerd"
state = "${folder}/state"
disabled_plugins = ${JSON.stringify(unusedPlugins)}
[grpc]
  address = "${containerdSocket(folder)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "${programs.runc}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${programs.cni}"
    conf_dir = "${folder}/cni"
`;

const podNetwork = ({ node, folder }: NodeLayout) => ({
  cniVersion: "0.4.0",
  name: "ptp",
  plugins: [
    {
      type: "ptp",
      ipMasq: false,
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: node.pods }]],
        routes: [{ dst: "0.0.0.0/0" }],
        dataDir: join(folder, "cni-data"),
      },
    },
  ],
});

/** Texts by file name, in the node's folder. */
export const nodeFiles = (layout: NodeLayout): Record<string, string> => ({
  "kubelet.yaml": stringify(kubeletSettings(layout)),
  "kube-proxy.yaml": stringify(proxySettings(layout)),
  "containerd.toml": runtimeSettings(layout),
  "cni/10-ptp.conflist": JSON.stringify(podNetwork(layout)),
});
