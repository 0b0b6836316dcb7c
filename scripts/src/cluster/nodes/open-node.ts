import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../lib/run-command.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import type { Component } from "../control-plane/component.ts";
import type { AddComponent } from "../control-plane/start-control-plane.ts";
import { makeControlGroup } from "./control-group.ts";
import { copyStore } from "./image-store.ts";
import { openNamespace, script, type Namespace } from "./namespace.ts";
import { network, type NodeAddresses } from "./network.ts";
import { containerdSocket, nodeFiles, type NodeLayout } from "./node-settings.ts";

export type NodeOptions = {
  layout: NodeLayout;
  /** The cluster's namespace. */
  outer: Namespace;
  addComponent: AddComponent;
};

/** A machine with a container runtime; nothing of Kubernetes runs on it yet. */
export type OpenNode = {
  layout: NodeLayout;
  namespace: Namespace;
  runtime: Component;
};

export const openNode = async ({ layout, outer, addComponent }: NodeOptions): Promise<OpenNode> => {
  const { node, folder, programs } = layout;
  await mkdir(join(folder, "cni"), { recursive: true });
  for (const [name, text] of Object.entries(nodeFiles(layout)))
    await writeFile(join(folder, name), text);
  await copyStore(layout.store.folder, join(folder, "containerd"));
  await makeControlGroup(layout.cgroup);
  const namespace = await openNamespace({
    ...{ name: node.name, folder, addComponent, enter: outer.enter },
    main: [script("node.sh"), folder, node.address, network.controlPlane],
    meanwhile: (pid) => link(outer, node, pid),
  });
  // It finds runc and its shim by name.
  const path = [...programs.folders, process.env["PATH"]].join(":");
  const launch = { file: "env", args: [`PATH=${path}`, programs.containerd] };
  const runtime = addComponent(`containerd-${node.name}`, { ...launch, enter: namespace.enter }, [
    "--config",
    join(folder, "containerd.toml"),
  ]);
  // Its socket is a file, which this machine sees as well.
  const answers = (): Promise<string> =>
    runCommand(programs.ctr, ["--address", containerdSocket(folder), "version"]);
  await waitUntil(`containerd of ${node.name}`, answers, 30_000, 50);
  return { layout, namespace, runtime };
};

const link = (
  outer: Namespace,
  { name, address, pods }: NodeAddresses,
  pid: number,
): Promise<string> => {
  const [file, ...args] = [...outer.enter, "sh", script("link.sh"), name, String(pid)];
  return runCommand(file, [...args, address, pods]);
};
