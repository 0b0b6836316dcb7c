/**
 * Where a cluster is and who we are there, as plain data that can be handed to a thread. A file is
 * read again when it changes; the text beside it is PEM.
 */
export interface ClusterAccess {
  server: string;
  ca?: Source;
  cert?: Source;
  key?: Source;
  token?: Source;
  /** The name the server's certificate is for, when it is not the address. */
  serverName?: string;
  skipTlsVerify?: boolean;
  /** The namespace that the access is for, if it says one. */
  namespace?: string;
  /** A kubeconfig whose user signs in through a program or a provider, for the library to do. */
  kubeConfig?: KubeConfigData;
}

export type Source = { file: string } | { text: string };

/** What KubeConfig.loadFromOptions takes. */
export interface KubeConfigData {
  clusters: unknown[];
  users: unknown[];
  contexts: unknown[];
  currentContext: string;
}
