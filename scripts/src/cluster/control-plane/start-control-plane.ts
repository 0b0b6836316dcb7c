import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { createKubeClient, type KubeObject } from "../client/kube-client.ts";
import { applyCrds } from "./apply-crds.ts";
import { auditPolicyOf } from "./audit.ts";
import type { LeafRequest, KeyPair } from "./certificates.ts";
import { startComponent, startSweeper, type Component, type ComponentLaunch } from "./component.ts";
import * as flags from "./flags.ts";
import type { Access } from "./kubeconfig.ts";
import { createPki, writeKubeconfig, type Pki } from "./pki.ts";
import { loopbackPlace, type Place } from "./place.ts";
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
  /** For tests that compact its history, where the control plane runs. Plain HTTP, no sign-in. */
  etcdUrl: string;
  /** Ends the API server and starts it again on what etcd has; its watch cache begins anew. */
  restartApiServer: () => Promise<void>;
  /** What a client beside the API server needs; the same as `url` on the machine's own loopback. */
  innerUrl: string;
  /** Starts one more program that ends with the control plane. */
  addComponent: AddComponent;
  stop: () => Promise<void>;
};

export type StartOptions = {
  binaries: ControlPlaneBinaries;
  progress: Progress;
  /** Known to the garbage collector from its first moment; kinds that come later only after 30 s. */
  crds?: readonly KubeObject[];
  /** Added to the environment of its programs, such as GOGC. */
  env?: Readonly<Record<string, string>>;
  /** Users whose requests the audit log has; all when left out. */
  auditedUsers?: readonly string[];
  /** Makes the place it runs at, and starts what that takes; the machine's loopback when left out. */
  openPlace?: (folder: string, addComponent: AddComponent) => Promise<Place>;
};

export type AddComponent = (
  name: string,
  launch: ComponentLaunch,
  args: readonly string[],
) => Component;

const attempts = 3;

/** Starts etcd, API server, controller manager and scheduler; on free loopback ports unless told otherwise. */
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
  const addComponent: AddComponent = (name, launch, args) => {
    const component = startComponent(name, launch, args, join(folder, `${name}.log`));
    components.push(component);
    return component;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(components.splice(0).map((component) => component.stop()));
    await sweeper.sweep();
  };
  try {
    const place = await (options.openPlace ?? loopbackPlace)(folder, addComponent);
    const instance = await prepare(folder, place, auditPolicyOf(options.auditedUsers));
    const { env } = options;
    const start: StartProgram = (name, args) =>
      void addComponent(name, { ...options.binaries.launch[name], enter: place.enter, env }, args);
    await launch(instance, start, options.crds ?? [], components);
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
      restartApiServer: () => restartApiServer(instance, start, components),
      innerUrl: instance.innerUrl,
      addComponent,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

type Instance = {
  place: Place;
  layout: flags.ControlPlaneLayout;
  pki: Pki;
  /** From this machine. */
  access: Access;
  innerUrl: string;
};

/** Ports, certificates and files; nothing runs yet. */
const prepare = async (folder: string, place: Place, auditPolicy: string): Promise<Instance> => {
  const { address, ports } = place;
  const pki = await createPki(join(folder, "pki"), address);
  const layout: flags.ControlPlaneLayout = {
    folder,
    address,
    ports,
    pki: pki.file,
    auditLogPath: join(folder, "audit.log"),
    auditPolicyPath: join(folder, "audit-policy.json"),
  };
  await writeFile(layout.auditPolicyPath, auditPolicy);
  const caPem = pki.authority.certPem;
  const server = { url: `https://127.0.0.1:${await place.reach(ports.api)}`, caPem };
  const inside = { url: `https://${address}:${ports.api}`, caPem };
  await writeKubeconfig(join(folder, "kubeconfig"), { ...server, ...pki.admin });
  for (const name of ["kube-controller-manager", "kube-scheduler"]) {
    const pair = await pki.authority.sign({ commonName: `system:${name}` });
    await writeKubeconfig(join(folder, `${name}.kubeconfig`), { ...inside, ...pair });
  }
  return { place, layout, pki, access: { ...server, ...pki.admin }, innerUrl: inside.url };
};

type Program = keyof ControlPlaneBinaries["launch"];
type StartProgram = (name: Program, args: readonly string[]) => void;

/** Starts the four programs in the order in which they need each other. */
const launch = async (
  { layout, access, place }: Instance,
  start: StartProgram,
  crds: readonly KubeObject[],
  components: Component[],
): Promise<void> => {
  const client = createKubeClient(access);
  try {
    start("etcd", flags.etcdFlags(layout));
    start("kube-apiserver", flags.apiServerFlags(layout));
    await untilAnswers(client, components);
    await applyCrds(client, crds);
    start("kube-controller-manager", flags.controllerManagerFlags(layout));
    start("kube-scheduler", flags.schedulerFlags(layout));
    await untilControllersWork(client, await place.reach(layout.ports.scheduler), components);
  } finally {
    await client.close();
  }
};

const restartApiServer = async (
  { layout, access }: Instance,
  start: StartProgram,
  components: Component[],
): Promise<void> => {
  const name = "kube-apiserver";
  const index = components.findIndex((component) => component.name === name);
  await components.splice(index, 1)[0]?.stop();
  start(name, flags.apiServerFlags(layout));
  const client = createKubeClient(access);
  await untilAnswers(client, components).finally(client.close);
};
