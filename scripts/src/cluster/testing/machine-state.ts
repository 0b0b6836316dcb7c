import { existsSync, readdirSync, readFileSync } from "node:fs";
import { runCommand } from "../../lib/run-command.ts";

const settings = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf/all/send_redirects",
  "net/bridge/bridge-nf-call-iptables",
  "net/netfilter/nf_conntrack_max",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
].map((name) => `/proc/sys/${name}`);

/** Settings of the kernel that a cluster would change if it were not apart, by file. */
export const kernelSettings = (): Record<string, string> =>
  Object.fromEntries(
    settings.filter(existsSync).map((file) => [file, readFileSync(file, "utf8").trim()]),
  );

const commandLines = (): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    });

/** What of a cluster can be seen on this machine outside of it: links, firewall, mounts, groups, processes. */
export const tracesOf = async (folder: string): Promise<string[]> => {
  const id = folder.split("/").at(-1) ?? folder;
  const links = await runCommand("ip", ["-o", "link"]);
  const routes = await runCommand("ip", ["route", "show", "table", "all"]);
  const rules = await runCommand("nft", ["list", "tables"]);
  const lines = [...links.split("\n"), ...routes.split("\n"), ...rules.split("\n")];
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  const groups = readdirSync("/sys/fs/cgroup", { recursive: true }).map(String);
  return [
    ...lines.filter((line) => /\b(node[12]|br0|10\.(90|88|96)\.|kube-)/.test(line)),
    ...[...mounts, ...groups, ...commandLines()].filter((text) => text.includes(id)),
    ...(existsSync(folder) ? [folder] : []),
  ];
};
