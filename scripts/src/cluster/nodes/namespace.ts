import { existsSync } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { waitUntil } from "../../lib/wait-until.ts";
import type { Component } from "../control-plane/component.ts";
import type { AddComponent } from "../control-plane/start-control-plane.ts";

const scripts = resolve(import.meta.dirname, "../../../cluster/nodes");
export const script = (name: string): string => join(scripts, name);

/** Network, mounts and processes of their own, and how to run something in there. */
export type Namespace = {
  /** The process by which they are entered, as seen from where they were opened. */
  pid: number;
  enter: readonly string[];
  /** Only its network: for a program that shall see this machine's files and processes. */
  enterNetwork: readonly string[];
  /** Ended, it takes everything in them along. */
  component: Component;
};

export type NamespaceOptions = {
  name: string;
  /** Where its files are. */
  folder: string;
  /** Process 1: a script, called with its arguments and the path of the file that it writes when it has begun. */
  main: readonly string[];
  /** Where it is opened; a namespace in another one ends with that one. */
  enter: readonly string[];
  addComponent: AddComponent;
  /** Runs while process 1 begins; what it waits for may be made here. */
  meanwhile?: (pid: number) => Promise<unknown>;
};

const within = (pid: number, kinds: readonly string[]): string[] => [
  "nsenter",
  ...kinds.map((kind) => `--${kind.split("_")[0]}=/proc/${pid}/ns/${kind}`),
];

const flagsOf = (pid: number): string[] => {
  const [program = "", ...net] = within(pid, ["net"]);
  return [program, ...net, `--mount=/proc/${pid}/ns/mnt`, `--pid=/proc/${pid}/ns/pid_for_children`];
};

export const openNamespace = async (options: NamespaceOptions): Promise<Namespace> => {
  const { name, folder, main, enter, addComponent, meanwhile } = options;
  const pidFile = join(folder, "pid");
  const ready = join(folder, "ready");
  const args = [script("namespace.sh"), pidFile, "sh", ...main, ready];
  const component = addComponent(name, { file: "sh", args: [], enter }, args);
  const ended = component.exited.then((code) => {
    throw new Error(`${name} ended with ${code}:\n${component.tail()}`);
  });
  ended.catch(() => undefined);
  const pid = await waitUntil(`${name} to be there`, () => readPid(pidFile), 10_000, 5);
  await meanwhile?.(pid);
  await Promise.race([waitUntil(`${name} to begin`, () => existsSync(ready), 20_000, 5), ended]);
  return {
    pid,
    enter: [...enter, ...flagsOf(pid)],
    enterNetwork: [...enter, ...within(pid, ["net"])],
    component,
  };
};

const readPid = async (file: string): Promise<number | undefined> => {
  const text = existsSync(file) ? (await readFile(file, "utf8")).trim() : "";
  return text === "" ? undefined : Number(text);
};

/** Throws when a process would run in this machine's own network after all. */
export const assertApart = async (pid: number): Promise<void> => {
  const [own, other] = await Promise.all([
    readlink("/proc/self/ns/net"),
    readlink(`/proc/${pid}/ns/net`),
  ]);
  if (own === other) throw new Error("the cluster's network is not apart from this machine's own");
};
