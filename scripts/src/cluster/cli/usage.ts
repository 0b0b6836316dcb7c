import { dev } from "../../dev/settings.ts";
import type { ClusterRun } from "./run-file.ts";

const nextOf = ({ httpPort, hasSystem }: ClusterRun): string[] => {
  if (httpPort === undefined) return ["kubectl apply -f crds/samples/valid/whatsapp-minimal.yaml"];
  if (hasSystem !== true) return [`curl -H "Host: ..." http://127.0.0.1:${httpPort}`];
  return [
    `kubectl -n ${dev.namespace} get rarity,pods`,
    `kubectl -n ${dev.namespace} port-forward service/${dev.platform}-sandbox 3900   # the phones`,
    `open http://localhost:${httpPort}`,
  ];
};

/** What a person needs after the start. */
export const clusterUsage = (run: ClusterRun): string => `
Kubernetes answers at ${run.url}

  export KUBECONFIG=${run.kubeconfig}
  kubectl get nodes
${nextOf(run)
  .map((line) => `  ${line}`)
  .join("\n")}

  Logs, certificates and the audit log: ${run.folder}
  End it: scripts/cluster/down
`;
