import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlane } from "../control-plane/start-control-plane.ts";
import { writeKubeconfig } from "../control-plane/pki.ts";
import type { NodeAddresses } from "./network.ts";

const users = {
  "kube-proxy": "system:kube-proxy",
  "kube-netpol": "system:kube-netpol",
  coredns: "coredns",
  contour: "contour",
};

/** Kubeconfigs of all who speak to the API server, and the certificates under which kubelets answer. */
export const writeIdentities = async (
  { folder, caPem, innerUrl, signCertificate }: ControlPlane,
  nodes: readonly NodeAddresses[],
): Promise<void> => {
  const write = async (user: string, commonName: string, organization?: string): Promise<void> => {
    const pair = await signCertificate({
      commonName,
      ...(organization === undefined ? {} : { organization }),
    });
    const file = join(folder, `${user}.kubeconfig`);
    await writeKubeconfig(file, { url: innerUrl, caPem, ...pair });
  };
  for (const [user, commonName] of Object.entries(users)) await write(user, commonName);
  for (const { name, address } of nodes) {
    await write(name, `system:node:${name}`, "system:nodes");
    const pair = await signCertificate({ commonName: name, hosts: [name, address] });
    for (const [ending, pem] of [
      ["crt", pair.certPem],
      ["key", pair.keyPem],
    ] as const)
      await writeFile(join(folder, "pki", `${name}-serving.${ending}`), pem, { mode: 0o600 });
  }
};
