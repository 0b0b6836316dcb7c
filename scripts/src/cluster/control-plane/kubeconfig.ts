import type { KeyPair } from "./certificates.ts";

/** What a client needs to reach one API server as one user. */
export type Access = { url: string; caPem: string } & KeyPair;

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** A kubeconfig with everything in it. JSON, which every reader of YAML takes. */
export const kubeconfigOf = ({ url, caPem, certPem, keyPem }: Access): string => {
  const user = {
    "client-certificate-data": base64(certPem),
    "client-key-data": base64(keyPem),
  };
  const cluster = { server: url, "certificate-authority-data": base64(caPem) };
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "local",
      clusters: [{ name: "local", cluster }],
      contexts: [{ name: "local", context: { cluster: "local", user: "local" } }],
      users: [{ name: "local", user }],
    },
    null,
    2,
  );
};
