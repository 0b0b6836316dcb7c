import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { findInFolders } from "../../lib/find-on-path.ts";
import { builtFile, buildGoProgram, type Progress } from "./build-go-program.ts";
import { toolCacheFolder, type Environment } from "./cache-folder.ts";
import { kubebox } from "./kubebox.ts";

const controlPlanePrograms = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
] as const;
type ControlPlaneProgram = (typeof controlPlanePrograms)[number];

/** What to execute for each program: a file and the arguments before its flags. */
export type Launch = { file: string; args: readonly string[] };
export type ControlPlaneBinaries = {
  /** For people: where these were found. */
  source: string;
  launch: Record<ControlPlaneProgram, Launch>;
};

type Launches = ControlPlaneBinaries["launch"];

const launches = (of: (name: ControlPlaneProgram) => Launch): Launches => ({
  etcd: of("etcd"),
  "kube-apiserver": of("kube-apiserver"),
  "kube-controller-manager": of("kube-controller-manager"),
  "kube-scheduler": of("kube-scheduler"),
});

/** All four from one program that is told which one to be. */
export const multiCall = (file: string, source: string): ControlPlaneBinaries => ({
  source,
  launch: launches((name) => ({ file, args: [name] })),
});

/** All four or nothing: a set from one release fits together. */
const inFolders = async (
  folders: readonly string[],
  source: string,
): Promise<{ binaries?: ControlPlaneBinaries; missing: string[] }> => {
  const files = new Map<ControlPlaneProgram, string>();
  for (const name of controlPlanePrograms) {
    const file = await findInFolders(name, folders);
    if (file !== undefined) files.set(name, file);
  }
  const missing = controlPlanePrograms.filter((name) => !files.has(name));
  if (missing.length > 0) return { missing };
  const launch = launches((name) => ({ file: files.get(name) ?? name, args: [] }));
  return { binaries: { source, launch }, missing };
};

export type Found = { binaries: ControlPlaneBinaries } | { missing: string };

/**
 * Finds a Kubernetes control plane: KUBEBUILDER_ASSETS, PATH, an earlier build, a build from Go
 * modules when `go` is there. Otherwise one sentence for people. A failed build is an error.
 */
export const findControlPlaneBinaries = async (
  env: Environment,
  progress: Progress,
): Promise<Found> => {
  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets !== undefined && assets !== "") {
    const found = await inFolders([assets], `KUBEBUILDER_ASSETS (${assets})`);
    if (found.binaries !== undefined) return { binaries: found.binaries };
    progress(`KUBEBUILDER_ASSETS has no ${found.missing.join(", ")}; looking elsewhere`);
  }
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = await inFolders(path, "PATH");
  if (onPath.binaries !== undefined) return { binaries: onPath.binaries };
  const cacheFolder = toolCacheFolder(env);
  for (const parts of ["control-plane", "nodes"] as const) {
    const file = builtFile(kubebox(parts), cacheFolder);
    if (existsSync(file)) return { binaries: multiCall(file, file) };
  }
  const go = await findInFolders("go", path);
  if (go === undefined) {
    return {
      missing:
        "no Kubernetes control plane: set KUBEBUILDER_ASSETS, put etcd, kube-apiserver, kube-controller-manager and kube-scheduler on PATH, or install Go 1.24 or later to build them",
    };
  }
  const file = await buildGoProgram(kubebox("control-plane"), { go, cacheFolder, progress });
  return { binaries: multiCall(file, file) };
};
