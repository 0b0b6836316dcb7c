import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuthority, createTokenKeys, type Authority, type KeyPair } from "./certificates.ts";
import { kubeconfigOf, type Access } from "./kubeconfig.ts";

export type Pki = {
  authority: Authority;
  admin: KeyPair;
  /** Paths of the PEM files, by name: "ca.crt", "apiserver.key" and so on. */
  file: (name: string) => string;
};

const serverHosts = [
  "localhost",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "127.0.0.1",
  "10.96.0.1",
];

/** Two authorities, because the front proxy's must not be the clients': whoever it signs may name any user. */
export const createPki = async (folder: string, address: string): Promise<Pki> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  const write = (name: string, text: string): Promise<void> =>
    writeFile(file(name), text, { mode: 0o600 });
  const writePair = async (name: string, pair: KeyPair): Promise<void> => {
    await write(`${name}.crt`, pair.certPem);
    await write(`${name}.key`, pair.keyPem);
  };
  const authority = await createAuthority("kubernetes-ca");
  const frontProxy = await createAuthority("front-proxy-ca");
  const admin = await authority.sign({ commonName: "admin", organization: "system:masters" });
  const tokens = await createTokenKeys();
  await writePair("ca", authority);
  await writePair("front-proxy-ca", frontProxy);
  await writePair(
    "apiserver",
    await authority.sign({
      commonName: "kube-apiserver",
      hosts: [...new Set([...serverHosts, address])],
    }),
  );
  await writePair("admin", admin);
  await writePair(
    "front-proxy-client",
    await frontProxy.sign({ commonName: "front-proxy-client" }),
  );
  await write("sa.pub", tokens.publicPem);
  await write("sa.key", tokens.privatePem);
  return { authority, admin, file };
};

/** Writes a kubeconfig that only its owner can read. */
export const writeKubeconfig = (file: string, access: Access): Promise<void> =>
  writeFile(file, kubeconfigOf(access), { mode: 0o600 });
