import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { ClusterAccess, KubeConfigData, Source } from "./access.ts";

/** PEM texts and what else a TLS connection is made with. */
export interface TlsMaterial {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

export interface Credentials {
  tls: TlsMaterial;
  token: string | undefined;
  headers: Record<string, string>;
}

/** Reads who we are as the files say now. Small files, read every few seconds at most. */
export const createCredentials = (access: ClusterAccess): (() => Promise<Credentials>) => {
  const signIn =
    access.kubeConfig === undefined
      ? async () => Promise.resolve({ tls: {}, headers: {} })
      : signInByLibrary(access.kubeConfig);
  return async () => {
    const [ca, cert, key, token] = await Promise.all(
      [access.ca, access.cert, access.key, access.token].map(readSource),
    );
    const more = await signIn();
    const tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(access.serverName !== undefined && { servername: access.serverName }),
      ...(access.skipTlsVerify === true && { rejectUnauthorized: false }),
      ...more.tls,
    };
    return { tls, token: token?.trim(), headers: more.headers };
  };
};

const readSource = async (source: Source | undefined): Promise<string | undefined> => {
  if (source === undefined) return undefined;
  return "text" in source ? source.text : readFile(source.file, "utf8");
};

interface SignIn {
  tls: TlsMaterial;
  headers: Record<string, string>;
}

/** Programs and providers of a kubeconfig. The library keeps what they answer until it expires. */
const signInByLibrary = (data: KubeConfigData): (() => Promise<SignIn>) => {
  let config: KubeConfig | undefined;
  return async () => {
    config ??= await loadConfig(data);
    const options: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { auth } = options;
    const basic =
      auth == null ? {} : { authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
    return {
      tls: {
        ...(options.cert !== undefined && { cert: textOf(options.cert) }),
        ...(options.key !== undefined && { key: textOf(options.key) }),
      },
      headers: { ...(options.headers as Record<string, string>), ...basic },
    };
  };
};

const loadConfig = async (data: KubeConfigData): Promise<KubeConfig> => {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  // Made from a KubeConfig's own fields in load-access.ts.
  config.loadFromOptions(data as Parameters<KubeConfig["loadFromOptions"]>[0]);
  return config;
};

const textOf = (pem: unknown): string =>
  Buffer.isBuffer(pem) ? pem.toString("utf8") : String(pem);
