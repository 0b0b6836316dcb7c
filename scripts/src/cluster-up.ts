import { join } from "node:path";
import { detachCluster } from "./cluster/cli/detach.ts";
import { readClusterRun, type ClusterRun } from "./cluster/cli/run-file.ts";
import { MissingTools, serveCluster } from "./cluster/cli/serve.ts";
import { readCommandLine } from "./lib/command-line.ts";

const help = `scripts/cluster/up [--foreground] [--help]

Starts a real Kubernetes control plane on loopback, with the project's kinds and two faked nodes:
etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok. Pods become ready and run
nothing. Returns once it answers; scripts/cluster/down ends it and throws its data away.
  --foreground   stay here; Ctrl-C ends it
Programs are looked for in KUBEBUILDER_ASSETS, on PATH, among earlier builds, and are otherwise
built from Go modules (minutes, once; kept in the user's cache folder).`;

const values = readCommandLine(help, { foreground: { type: "boolean" } });

const root = process.cwd();
const stateDir = join(root, ".rarity", "cluster");

const usage = ({ url, kubeconfig, folder }: ClusterRun): string => `
Kubernetes answers at ${url}

  export KUBECONFIG=${kubeconfig}
  kubectl get nodes
  kubectl apply -f crds/samples/valid/whatsapp-minimal.yaml

  Logs, certificates and the audit log: ${folder}
  End it: scripts/cluster/down
`;

const serve = async (): Promise<void> => {
  const { run, stop } = await serveCluster(root, stateDir, (line) => console.error(line));
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    void stop().then(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  if (process.stdout.isTTY) console.log(usage(run));
  // Held open by nothing else.
  setInterval(() => undefined, 3_600_000);
};

try {
  const running = readClusterRun(stateDir);
  if (running !== undefined) {
    console.error(`It runs already (process ${running.pid}). scripts/cluster/down ends it.`);
    process.exit(1);
  }
  if (values.foreground === true) await serve();
  else console.log(usage(await detachCluster(root, stateDir)));
} catch (error) {
  console.error(`scripts/cluster/up could not start: ${(error as Error).message}`);
  process.exit(error instanceof MissingTools ? 69 : 1);
}
