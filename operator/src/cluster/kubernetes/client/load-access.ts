import { existsSync, readFileSync } from "node:fs";
import type { Cluster, KubeConfig, User } from "@kubernetes/client-node";
import { ClusterError } from "../../errors.ts";
import type { ClusterAccess, Source } from "./access.ts";

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface AccessOptions {
  /** KUBERNETES_SERVICE_HOST and _PORT: set in every pod. */
  serviceHost?: string | undefined;
  servicePort?: string | undefined;
  /** The folder of the token, when it is not where a pod has it. */
  serviceAccountFolder?: string | undefined;
  /** One context of it instead of the current one. */
  context?: string | undefined;
  /** A kubeconfig file. Left out: KUBECONFIG, then ~/.kube/config, as kubectl does. */
  kubeconfigFile?: string | undefined;
  /** Not the pod's service account, even where there is one. */
  preferKubeconfig?: boolean;
}

/** The pod's own service account when there is one and no kubeconfig is asked for; a kubeconfig otherwise. */
export const loadAccess = async (options: AccessOptions): Promise<ClusterAccess> => {
  const inCluster =
    options.kubeconfigFile === undefined ? serviceAccountAccess(options) : undefined;
  return inCluster ?? kubeconfigAccess(options);
};

const serviceAccountAccess = (options: AccessOptions): ClusterAccess | undefined => {
  const { serviceHost, servicePort, serviceAccountFolder: folder = serviceAccount } = options;
  if (serviceHost === undefined || !existsSync(`${folder}/token`)) return undefined;
  const host = serviceHost.includes(":") ? `[${serviceHost}]` : serviceHost;
  const namespaceFile = `${folder}/namespace`;
  return {
    server: `https://${host}:${servicePort ?? "443"}`,
    ca: { file: `${folder}/ca.crt` },
    token: { file: `${folder}/token` },
    ...(existsSync(namespaceFile) && { namespace: readFileSync(namespaceFile, "utf8").trim() }),
  };
};

/** The library costs 80 MB of memory: it is loaded where a kubeconfig is read, not in a pod. */
const kubeconfigAccess = async (options: AccessOptions): Promise<ClusterAccess> => {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (options.kubeconfigFile === undefined) config.loadFromDefault();
  else config.loadFromFile(options.kubeconfigFile);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return accessOf(config);
};

/** One context of a kubeconfig. */
export const accessOf = (config: KubeConfig): ClusterAccess => {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null || user === null) {
    const context = config.getCurrentContext();
    throw new ClusterError(
      "BadRequest",
      `the kubeconfig has no cluster or no user for the context "${context}": name one it has`,
    );
  }
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    server: cluster.server,
    ...tlsOf(cluster, user),
    ...(namespace === undefined ? {} : { namespace }),
    ...signInOf(config, user),
  };
};

const tlsOf = (cluster: Cluster, user: User): Partial<ClusterAccess> => {
  const ca = sourceOf(cluster.caFile, cluster.caData);
  const cert = sourceOf(user.certFile, user.certData);
  const key = sourceOf(user.keyFile, user.keyData);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(cluster.tlsServerName !== undefined && { serverName: cluster.tlsServerName }),
    ...(cluster.skipTLSVerify && { skipTlsVerify: true }),
  };
};

const signInOf = (config: KubeConfig, user: User): Partial<ClusterAccess> => {
  const provider = user.authProvider as { config?: { tokenFile?: string } } | undefined;
  const tokenFile = provider?.config?.tokenFile;
  if (tokenFile !== undefined) return { token: { file: tokenFile } };
  if (user.token !== undefined) return { token: { text: user.token } };
  const isPlain = user.exec === undefined && provider === undefined && user.username === undefined;
  if (isPlain && user.impersonateUser === undefined) return {};
  const { clusters, users, contexts, currentContext } = config;
  return { kubeConfig: structuredClone({ clusters, users, contexts, currentContext }) };
};

const sourceOf = (file: string | undefined, data: string | undefined): Source | undefined => {
  if (file !== undefined) return { file };
  return data === undefined ? undefined : { text: Buffer.from(data, "base64").toString("utf8") };
};
