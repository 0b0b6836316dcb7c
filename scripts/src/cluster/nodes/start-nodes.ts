import { basename, join, resolve } from "node:path";
import type { Progress } from "../binaries/build-go-program.ts";
import { multiCall } from "../binaries/control-plane-binaries.ts";
import { toolCacheFolder } from "../binaries/cache-folder.ts";
import { createKubeClient, type KubeObject } from "../client/kube-client.ts";
import { readObjectFile } from "../client/read-objects.ts";
import type { Place } from "../control-plane/place.ts";
import {
  startControlPlane,
  type AddComponent,
  type ControlPlane,
} from "../control-plane/start-control-plane.ts";
import { fullName, images } from "./cluster-images.ts";
import { ensureImageStore, type ImageStore } from "./image-store.ts";
import { assertApart, openNamespace, script, type Namespace } from "./namespace.ts";
import { network, nodeAddresses } from "./network.ts";
import { openNode, type OpenNode } from "./open-node.ts";
import type { NodeTools } from "./prepare-nodes.ts";
import { startRelays, type Relays } from "./relays.ts";
import { startAgents, type ClusterNode } from "./start-agents.ts";
import { startDns } from "./start-dns.ts";
import { nodePorts, startIngress } from "./start-ingress.ts";
import { writeIdentities } from "./identities.ts";
import { untilNodesWork } from "./nodes-readiness.ts";

const manifests = resolve(import.meta.dirname, "../../../cluster/nodes/manifests");

/** A control plane with nodes that run real containers, in a network of its own. */
export type NodesCluster = ControlPlane & {
  nodes: readonly ClusterNode[];
  /** Ports of this machine's loopback at which Ingresses answer. */
  ingress: { http: number; https: number };
  relays: Relays;
  /** What stands before a command that runs beside the control plane; see addComponent. */
  enter: readonly string[];
};

export type NodesOptions = {
  tools: NodeTools;
  progress: Progress;
  crds?: readonly KubeObject[];
  /** Archives of further images; each node has them from the beginning. */
  archives?: readonly string[];
  /** How many; 2 when left out. */
  count?: number;
  /** Wished for on this machine's loopback; any when left out. */
  httpPort?: number;
};

/** What is there before the API server is: the network, and machines in it. */
type Ground = { outer: Namespace; relays: Relays; machines: Promise<OpenNode[]> };

const openGround = async (
  { tools, count = 2 }: NodesOptions,
  store: ImageStore,
  folder: string,
  addComponent: AddComponent,
): Promise<Ground> => {
  const outer = await openNamespace({
    ...{ name: "network", folder, addComponent, enter: [] },
    main: [script("bridge.sh"), network.controlPlane],
  });
  await assertApart(outer.pid);
  const machines = Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const node = nodeAddresses(index + 1);
      return openNode({
        ...{ outer, addComponent },
        layout: {
          node,
          folder: join(folder, node.name),
          pki: (name) => join(folder, "pki", name),
          cgroup: join(basename(folder), node.name),
          kubeconfig: (user) => join(folder, `${user}.kubeconfig`),
          ...{ programs: tools.programs, store },
          pauseImage: fullName(images.pause),
        },
      });
    }),
  );
  // Whoever waits for them learns of it; the control plane may fail first.
  machines.catch(() => undefined);
  return { outer, relays: startRelays(outer.enterNetwork), machines };
};

const placeOn = ({ outer, relays }: Ground): Place => ({
  enter: outer.enter,
  address: network.controlPlane,
  ports: { etcd: 2379, peer: 2380, api: 6443, manager: 10_257, scheduler: 10_259 },
  reach: (port) => relays.toCluster([{ host: network.controlPlane, port }]),
});

/** Starts all of it and returns when nodes are Ready, names resolve and Ingresses are served. */
export const startNodes = async (options: NodesOptions): Promise<NodesCluster> => {
  const { tools, progress, crds = [], archives = [] } = options;
  const store = await ensureImageStore([...tools.archives, ...archives], {
    ...{ programs: tools.programs, progress },
    cache: join(toolCacheFolder(process.env), "node-images"),
  });
  const grounds: Ground[] = [];
  const closeRelays = (): void => {
    for (const { relays } of grounds) relays.close();
  };
  const controlPlane = await startControlPlane({
    binaries: multiCall(tools.kubebox, tools.kubebox),
    ...{ progress, crds },
    openPlace: async (folder, addComponent) => {
      const ground = await openGround(options, store, folder, addComponent);
      grounds.push(ground);
      return placeOn(ground);
    },
  }).catch((error: unknown) => {
    closeRelays();
    throw error;
  });
  const stop = async (): Promise<void> => {
    closeRelays();
    await controlPlane.stop();
  };
  try {
    const ground = grounds.at(-1);
    if (ground === undefined) throw new Error("the control plane opened no place");
    return { ...controlPlane, ...(await populate(controlPlane, ground, options)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const populate = async (
  controlPlane: ControlPlane,
  { outer, relays, machines }: Ground,
  { tools, httpPort, progress }: NodesOptions,
): Promise<Pick<NodesCluster, "nodes" | "ingress" | "relays" | "enter">> => {
  const { folder, addComponent } = controlPlane;
  const client = createKubeClient(controlPlane);
  const shared = { client, folder, manifests, addComponent, enter: outer.enter };
  const kubeconfig = (user: string): string => join(folder, `${user}.kubeconfig`);
  try {
    const opened = await machines;
    await writeIdentities(
      controlPlane,
      opened.map(({ layout }) => layout.node),
    );
    for (const object of readObjectFile(join(manifests, "kube-netpol.yaml")))
      await client.apply(object);
    const nodes = opened.map((machine) => startAgents(machine, tools.kubebox, addComponent));
    progress("Nodes are starting ...");
    const [dns] = await Promise.all([
      startDns({ ...shared, coredns: tools.coredns, kubeconfig: kubeconfig("coredns") }),
      startIngress({ ...shared, contour: tools.contour, kubeconfig: kubeconfig("contour") }),
    ]);
    await untilNodesWork(client, nodes, dns, relays);
    const ports = async (port: number, wanted?: number): Promise<number> =>
      relays.toCluster(
        nodes.map(({ address }) => ({ host: address, port })),
        wanted,
      );
    return {
      ...{ nodes, relays, enter: outer.enter },
      ingress: { http: await ports(nodePorts.http, httpPort), https: await ports(nodePorts.https) },
    };
  } finally {
    await client.close();
  }
};
