import { runClusterCommand } from "./cluster/cli/run-command.ts";
import { readCommandLine, refuseUsage } from "./lib/command-line.ts";

const help = `scripts/cluster/up [--nodes N] [--foreground] [--help]

Starts a real Kubernetes control plane on loopback, with the project's kinds and two faked nodes:
etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok. Pods become ready and run
nothing. Returns once it answers; scripts/cluster/down ends it and throws its data away.
  --nodes N      N real nodes instead (1 to 4): kubelet, containerd, kube-proxy, NetworkPolicies, CoreDNS, and
                 Contour with Envoy, in a network of their own. Root on Linux; nothing of the machine's network
                 is changed. The project's kinds come with the chart then
  --foreground   stay here; Ctrl-C ends it
Programs are looked for in KUBEBUILDER_ASSETS, on PATH, among earlier builds, and are otherwise
built from Go modules (minutes, once; kept in the user's cache folder).`;

const values = readCommandLine(help, {
  foreground: { type: "boolean" },
  nodes: { type: "string" },
});
if (values.nodes !== undefined && !/^[1-4]$/.test(values.nodes))
  refuseUsage(help, "--nodes takes a number from 1 to 4");

const root = process.cwd();
const { foreground, nodes } = values;
await runClusterCommand({
  name: "scripts/cluster/up",
  root,
  wish: nodes === undefined ? { kind: "faked" } : { kind: "nodes", count: Number(nodes) },
  progress: (line) => console.error(line),
  ...(foreground === true
    ? {}
    : {
        detachAs: [
          "scripts/src/cluster-up.ts",
          "--foreground",
          ...(nodes === undefined ? [] : ["--nodes", nodes]),
        ],
      }),
});
