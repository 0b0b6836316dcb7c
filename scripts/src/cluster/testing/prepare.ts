import { findControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";
import type { ControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";
import type { Progress } from "../binaries/build-go-program.ts";
import { findKwok, type KwokFiles } from "../binaries/kwok-files.ts";

export type ClusterTools = { binaries: ControlPlaneBinaries; kwok: KwokFiles };

/** Finds or builds what the cluster tests run; otherwise says in one sentence what is missing. */
export const prepareClusterTools = async (
  progress: Progress,
): Promise<ClusterTools | { missing: string }> => {
  const found = await findControlPlaneBinaries(process.env, progress);
  if ("missing" in found) return found;
  const kwok = await findKwok(process.env, progress);
  return "missing" in kwok ? kwok : { binaries: found.binaries, kwok };
};
