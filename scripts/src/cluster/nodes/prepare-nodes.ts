import { kubebox } from "../binaries/kubebox.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { coredns, podbox } from "../binaries/cluster-parts.ts";
import { findContour, type ContourFiles } from "../binaries/contour-files.ts";
import { findEnvoy } from "../binaries/envoy-file.ts";
import { findGoProgram } from "../binaries/find-go-program.ts";
import { findNodePrograms, type NodePrograms } from "../binaries/node-programs.ts";
import { ensureImages } from "./cluster-images.ts";

/** Everything a cluster with real nodes runs. */
export type NodeTools = {
  kubebox: string;
  coredns: string;
  contour: ContourFiles;
  programs: NodePrograms;
  /** Archives that every node gets. */
  archives: string[];
};

/** Why nodes cannot run here whatever is installed. */
const missingForNodes = (): string | undefined => {
  if (process.platform !== "linux") return "nodes are Linux: kubelet and containers need it";
  if (process.getuid?.() !== 0)
    return "nodes need root, for namespaces and mounts of their own (nothing of this machine is changed)";
  return undefined;
};

/** Finds, fetches or builds all of it; otherwise says in one sentence what is missing. */
export const prepareNodeTools = async (
  progress: Progress,
): Promise<NodeTools | { missing: string }> => {
  const env = process.env;
  const impossible = missingForNodes();
  if (impossible !== undefined) return { missing: impossible };
  const programs = await findNodePrograms(env, progress);
  if ("missing" in programs) return programs;
  const envoy = await findEnvoy(env, progress);
  if ("missing" in envoy) return envoy;
  const files = { podbox: "", kubebox: "", coredns: "" };
  for (const program of [podbox(), kubebox("nodes"), coredns()]) {
    const found = await findGoProgram(program, env, progress);
    if ("missing" in found) return found;
    files[program.name as keyof typeof files] = found.file;
  }
  const contour = await findContour(env, progress);
  if ("missing" in contour) return contour;
  const archives = await ensureImages({ podbox: files.podbox, envoy: envoy.file });
  return { kubebox: files.kubebox, coredns: files.coredns, contour, programs, archives };
};
