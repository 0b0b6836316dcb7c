import { hostname } from "node:os";
import { z } from "zod";
import { commonFields, wholeNumber, type CommonConfig } from "./fields.ts";

export interface KubernetesConfig extends CommonConfig {
  cluster: "kubernetes";
  podName: string;
  /** Of the operator's own pods; what the ServiceAccount or the kubeconfig says when undefined. */
  podNamespace: string | undefined;
  operatorVersion: string;
  leaseName: string;
  /** Undefined: every namespace, which takes cluster-wide rights. */
  namespaces: string[] | undefined;
  /** The metrics server, for external.metrics.k8s.io or for KEDA; undefined runs none. */
  metricsServer:
    | {
        port: number;
        service: string;
        mayRegister: boolean;
        kedaAuthentication: string | undefined;
      }
    | undefined;
  /** Where the services of Platforms answer to an operator outside the cluster. */
  serviceUrls: { orchestratorUrl: string; accountsUrl: string } | undefined;
  sandboxUrl: string | undefined;
  kubernetesHost: string | undefined;
  kubernetesPort: string | undefined;
  serviceAccountFolder: string | undefined;
  kubeconfig: string | undefined;
  kubeContext: string | undefined;
}

/** A name as Kubernetes takes it for namespaces, Services and, here, leases (RFC 1123 label). */
const label = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "must be a name of a-z, 0-9 and dashes");

const labels = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .pipe(z.array(label))
  .optional();

const Fields = z.object({
  ...commonFields,
  HOST: z.string().default("0.0.0.0"),
  PORT: wholeNumber(8080, 65_535),
  POD_NAME: z.string().default(hostname),
  POD_NAMESPACE: label.optional(),
  /** The version a Platform without one is installed as. */
  OPERATOR_VERSION: z.string().min(1),
  LEASE_NAME: label.default("rarity-leads"),
  /** Names with commas between them. */
  WATCH_NAMESPACES: labels,
  EXTERNAL_METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  EXTERNAL_METRICS_SERVICE: label.optional(),
  /** Whether it may serve external.metrics.k8s.io, of which a cluster has one. */
  EXTERNAL_METRICS_REGISTER: z.enum(["true", "false"]).default("true"),
  /** The ClusterTriggerAuthentication by which KEDA may read the metrics server. */
  KEDA_AUTHENTICATION: z.string().max(253).optional(),
  ORCHESTRATOR_URL: z.url().optional(),
  ACCOUNTS_URL: z.url().optional(),
  SANDBOX_URL: z.url().optional(),
  POLL_INTERVAL_MS: wholeNumber(1_000, 60_000),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  KUBERNETES_SERVICE_PORT: z.string().optional(),
  /** Where token, ca.crt and namespace are; a pod has them at one place, a process beside a cluster anywhere. */
  SERVICE_ACCOUNT_FOLDER: z.string().min(1).optional(),
  KUBECONFIG: z.string().optional(),
  KUBE_CONTEXT: z.string().optional(),
});

type Environment = z.infer<typeof Fields>;

const together = [
  ["EXTERNAL_METRICS_PORT", "EXTERNAL_METRICS_SERVICE"],
  ["ORCHESTRATOR_URL", "ACCOUNTS_URL"],
] as const satisfies (keyof Environment)[][];

/** A Kubernetes cluster: in a pod of it, or beside it with a kubeconfig. */
export const KubernetesEnvironment = Fields.check((context) => {
  for (const pair of together) {
    const [given, missing] = [true, false].map((is) =>
      pair.find((name) => (context.value[name] !== undefined) === is),
    );
    if (given === undefined || missing === undefined) continue;
    const message = `must be set together with ${given}`;
    context.issues.push({ code: "custom", path: [missing], message, input: undefined });
  }
}).transform((data): KubernetesConfig => ({
  cluster: "kubernetes",
  host: data.HOST,
  port: data.PORT,
  logLevel: data.LOG_LEVEL,
  podName: data.POD_NAME,
  podNamespace: data.POD_NAMESPACE,
  operatorVersion: data.OPERATOR_VERSION,
  leaseName: data.LEASE_NAME,
  namespaces: data.WATCH_NAMESPACES,
  metricsServer: metricsServerOf(data),
  serviceUrls: serviceUrlsOf(data),
  sandboxUrl: data.SANDBOX_URL,
  pollIntervalMs: data.POLL_INTERVAL_MS,
  deletionDeadlineMs: data.DELETION_DEADLINE_SECONDS * 1000,
  otlpEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT,
  kubernetesHost: data.KUBERNETES_SERVICE_HOST,
  kubernetesPort: data.KUBERNETES_SERVICE_PORT,
  serviceAccountFolder: data.SERVICE_ACCOUNT_FOLDER,
  kubeconfig: data.KUBECONFIG,
  kubeContext: data.KUBE_CONTEXT,
}));

const metricsServerOf = (data: Environment): KubernetesConfig["metricsServer"] => {
  const { EXTERNAL_METRICS_PORT: port, EXTERNAL_METRICS_SERVICE: service } = data;
  if (port === undefined || service === undefined) return undefined;
  const mayRegister = data.EXTERNAL_METRICS_REGISTER === "true";
  return { port, service, mayRegister, kedaAuthentication: data.KEDA_AUTHENTICATION };
};

const serviceUrlsOf = (data: Environment): KubernetesConfig["serviceUrls"] => {
  const { ORCHESTRATOR_URL: orchestratorUrl, ACCOUNTS_URL: accountsUrl } = data;
  return orchestratorUrl === undefined || accountsUrl === undefined
    ? undefined
    : { orchestratorUrl, accountsUrl };
};
