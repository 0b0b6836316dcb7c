import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readObjectFile } from "../client/read-objects.ts";
import type { KubeClient } from "../client/kube-client.ts";
import type { AddComponent } from "../control-plane/start-control-plane.ts";
import { network } from "./network.ts";

const healthPort = 8181;

const settings = (kubeconfig: string): string => `.:53 {
  bind ${network.controlPlane}
  errors
  ready ${network.controlPlane}:${healthPort}
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig} local
    pods insecure
    ttl 5
  }
  cache 5
  loadbalance
}
`;

export type DnsOptions = {
  coredns: string;
  client: KubeClient;
  folder: string;
  kubeconfig: string;
  manifests: string;
  enter: readonly string[];
  addComponent: AddComponent;
};

/** Starts CoreDNS beside the control plane, behind the Service kube-dns. Answers where its readiness is asked. */
export const startDns = async (options: DnsOptions): Promise<{ port: number; path: string }> => {
  const { coredns, client, folder, kubeconfig, manifests, enter, addComponent } = options;
  const file = join(folder, "Corefile");
  await writeFile(file, settings(kubeconfig));
  for (const object of readObjectFile(join(manifests, "coredns.yaml"))) await client.apply(object);
  addComponent("coredns", { file: coredns, args: [], enter }, ["-conf", file]);
  return { port: healthPort, path: "/ready" };
};
