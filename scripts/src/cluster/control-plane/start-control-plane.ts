import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { createKubeClient, type KubeClient, type KubeObject } from "../client/kube-client.ts";
import { applyCrds } from "./apply-crds.ts";
import { auditPolicy } from "./audit.ts";
import type { LeafRequest, KeyPair } from "./certificates.ts";
import { startComponent, startSweeper, type Component } from "./component.ts";
import * as flags from "./flags.ts";
import type { Access } from "./kubeconfig.ts";
import { createPki, writeKubeconfig, type Pki } from "./pki.ts";
import { freePorts } from "./ports.ts";
import { untilAnswers, untilControllersWork } from "./readiness.ts";

/** A running control plane. `stop` ends everything and removes its folder; so does this process's death. */
export type ControlPlane = Access & {
  kubeconfigPath: string;
  /** JSON lines; see audit.ts. */
  auditLogPath: string;
  /** Certificates, logs and data of the instance. */
  folder: string;
  /** A certificate of the cluster's own authority: another client, or a server the cluster trusts. */
  signCertificate: (request: LeafRequest) => Promise<KeyPair>;
  /** For tests that compact its history. Plain HTTP, no sign-in. */
  etcdUrl: string;
  /** Ends the API server and starts it again on what etcd has; its watch cache begins anew. */
  restartApiServer: () => Promise<void>;
  /** Starts one more program that ends with the control plane. */
  addComponent: (name: string, file: string, args: readonly string[]) => Component;
  stop: () => Promise<void>;
};

export type StartOptions = {
  binaries: ControlPlaneBinaries;
  progress: Progress;
  /** Known to the garbage collector from its first moment; kinds that come later only after 30 s. */
  crds?: readonly KubeObject[];
};

const attempts = 3;

/** Starts etcd, API server, controller manager and scheduler on free loopback ports. */
export const startControlPlane = async (options: StartOptions): Promise<ControlPlane> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Between choosing a port and using it another process may take it.
      const taken = (error as Error).message.includes("address already in use");
      if (!taken || attempt === attempts) throw error;
      options.progress("A port was taken meanwhile; starting again on other ports");
    }
  }
};

const startOnce = async (options: StartOptions): Promise<ControlPlane> => {
  const began = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "rarity-cluster-"));
  const sweeper = startSweeper(folder);
  const components: Component[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(components.splice(0).map((component) => component.stop()));
    await sweeper.sweep();
  };
  try {
    const instance = await prepare(folder);
    await launch(instance, options, components);
    options.progress(
      `Kubernetes answers at ${instance.access.url} after ${((performance.now() - began) / 1000).toFixed(1)} s`,
    );
    return {
      ...instance.access,
      folder,
      kubeconfigPath: join(folder, "kubeconfig"),
      auditLogPath: instance.layout.auditLogPath,
      signCertificate: instance.pki.authority.sign,
      etcdUrl: `http://127.0.0.1:${instance.layout.ports.etcd}`,
      restartApiServer: async () => restartApiServer(instance, options, components),
      addComponent: (name, file, args) => {
        const log = join(folder, `${name}.log`);
        const component = startComponent(name, { file, args: [] }, args, log);
        components.push(component);
        return component;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

type Instance = { layout: flags.ControlPlaneLayout; pki: Pki; access: Access };

/** Ports, certificates and files; nothing runs yet. */
const prepare = async (folder: string): Promise<Instance> => {
  const pki = await createPki(join(folder, "pki"));
  const [etcd = 0, peer = 0, api = 0, manager = 0, scheduler = 0] = await freePorts(5);
  const layout: flags.ControlPlaneLayout = {
    folder,
    ports: { etcd, peer, api, manager, scheduler },
    pki: pki.file,
    auditLogPath: join(folder, "audit.log"),
    auditPolicyPath: join(folder, "audit-policy.json"),
  };
  await writeFile(layout.auditPolicyPath, auditPolicy);
  const server = { url: `https://127.0.0.1:${api}`, caPem: pki.authority.certPem };
  await writeKubeconfig(join(folder, "kubeconfig"), { ...server, ...pki.admin });
  for (const name of ["kube-controller-manager", "kube-scheduler"]) {
    const pair = await pki.authority.sign({ commonName: `system:${name}` });
    await writeKubeconfig(join(folder, `${name}.kubeconfig`), { ...server, ...pair });
  }
  return { layout, pki, access: { ...server, ...pki.admin } };
};

/** Starts the four programs in the order in which they need each other. */
const launch = async (
  { layout, access }: Instance,
  { binaries, crds = [] }: StartOptions,
  components: Component[],
): Promise<void> => {
  const start = (name: keyof ControlPlaneBinaries["launch"], args: readonly string[]): void => {
    const log = join(layout.folder, `${name}.log`);
    components.push(startComponent(name, binaries.launch[name], args, log));
  };
  const client = createKubeClient(access);
  try {
    start("etcd", flags.etcdFlags(layout));
    start("kube-apiserver", flags.apiServerFlags(layout));
    await untilAnswers(client, components);
    await applyCrds(client, crds);
    await startControllers(client, layout, start, components);
  } finally {
    await client.close();
  }
};

const restartApiServer = async (
  { layout, access }: Instance,
  { binaries }: StartOptions,
  components: Component[],
): Promise<void> => {
  const name = "kube-apiserver";
  const index = components.findIndex((component) => component.name === name);
  await components.splice(index, 1)[0]?.stop();
  const log = join(layout.folder, `${name}.log`);
  components.push(startComponent(name, binaries.launch[name], flags.apiServerFlags(layout), log));
  const client = createKubeClient(access);
  await untilAnswers(client, components).finally(client.close);
};

const startControllers = async (
  client: KubeClient,
  layout: flags.ControlPlaneLayout,
  start: (name: "kube-controller-manager" | "kube-scheduler", args: readonly string[]) => void,
  components: Component[],
): Promise<void> => {
  start("kube-controller-manager", flags.controllerManagerFlags(layout));
  start("kube-scheduler", flags.schedulerFlags(layout));
  await untilControllersWork(client, layout.ports.scheduler, components);
};
