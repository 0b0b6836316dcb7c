import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { find, renderChart } from "../../../scripts/src/chart/testing/helm.ts";
import type { KubeClient } from "../../../scripts/src/cluster/client/kube-client.ts";
import type { TestAccess } from "./kubernetes-world.ts";
import { startOperatorProcess, type OperatorProcess } from "./operator-process.ts";

export interface ChartOperatorDeps {
  client: KubeClient;
  access: Pick<TestAccess, "url" | "caPem">;
  namespace: string;
  /** Where the services of its Platforms answer. */
  servicesUrl: string;
  /** As helm takes them after --set. */
  values?: readonly string[];
  /** In place of what the chart sets. */
  env?: Readonly<Record<string, string>>;
}

export interface ChartOperator {
  /** Its user name for the API server. */
  serviceAccount: string;
  token: string;
  /** One more replica, as a process of this machine with the ServiceAccount's token. */
  start(
    podName: string,
    options?: { env?: Readonly<Record<string, string>>; server?: string },
  ): Promise<OperatorProcess>;
  close(): Promise<void>;
}

const accessKinds = [
  ...["ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"],
  "APIService",
];

/**
 * The operator as the chart installs it: its ServiceAccount with its rights, and processes with the
 * environment of its Deployment. Only addresses of this machine take the place of the pod's.
 */
export const installChartOperator = async (deps: ChartOperatorDeps): Promise<ChartOperator> => {
  const { client, namespace, servicesUrl } = deps;
  const sets = (deps.values ?? []).flatMap((value) => ["--set", value]);
  const objects = await renderChart("plain", sets, namespace);
  for (const kind of accessKinds)
    for (const object of objects.filter((one) => one.kind === kind)) await client.apply(object);
  const serviceAccount = find(objects, "ServiceAccount")?.metadata.name ?? "";
  const folder = mkdtempSync(join(tmpdir(), "rarity-operator-"));
  const token = await requestToken(client, namespace, serviceAccount);
  const variables = environmentOf(objects.filter(({ kind }) => kind === "Deployment"));
  const started: OperatorProcess[] = [];
  return {
    token,
    serviceAccount: `system:serviceaccount:${namespace}:${serviceAccount}`,
    start: async (podName, { env = {}, server = deps.access.url } = {}) => {
      const kubeconfig = join(folder, `${podName}.json`);
      writeFileSync(kubeconfig, kubeconfigOf({ ...deps.access, url: server }, token));
      const operator = await startOperatorProcess({
        ...variables({ "metadata.name": podName, "metadata.namespace": namespace }),
        ...{ HOST: "127.0.0.1", PORT: "0", KUBECONFIG: kubeconfig, POLL_INTERVAL_MS: "50" },
        ...{ ORCHESTRATOR_URL: servicesUrl, ACCOUNTS_URL: servicesUrl },
        ...deps.env,
        ...env,
      });
      started.push(operator);
      return operator;
    },
    close: async () => {
      await Promise.all(started.map(async (operator) => operator.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { fieldRef: { fieldPath: string } };
}

/** The container's variables, with what a kubelet would put in for fields of the pod. */
const environmentOf = (deployments: readonly unknown[]) => {
  const [deployment] = deployments as {
    spec: { template: { spec: { containers: { env: Variable[] }[] } } };
  }[];
  const variables = deployment?.spec.template.spec.containers[0]?.env ?? [];
  return (fields: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      variables.map(({ name, value, valueFrom }) => [
        name,
        value ?? fields[valueFrom?.fieldRef.fieldPath ?? ""] ?? "",
      ]),
    );
};

const requestToken = async (
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<string> => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 3_600 },
  };
  const answer = await client.request<{ status: { token: string } }>(path, {
    method: "POST",
    body,
  });
  return answer.status.token;
};

const kubeconfigOf = ({ url, caPem }: ChartOperatorDeps["access"], token: string): string => {
  const cluster = {
    server: url,
    "certificate-authority-data": Buffer.from(caPem).toString("base64"),
  };
  return JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "pod" },
    clusters: [{ name: "pod", cluster }],
    contexts: [{ name: "pod", context: { cluster: "pod", user: "pod" } }],
    users: [{ name: "pod", user: { token } }],
  });
};
