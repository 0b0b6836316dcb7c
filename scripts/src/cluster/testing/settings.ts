import type { ControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";
import type { HelmAndKubectl } from "../binaries/helm-and-kubectl.ts";
import type { KwokFiles } from "../binaries/kwok-files.ts";
import type { Access } from "../control-plane/kubeconfig.ts";

/** Handed from the global setup to every test file: the run's one control plane. */
export type ClusterTestSettings = {
  access: Access;
  kubeconfigPath: string;
  auditLogPath: string;
  /** Certificates and logs of the instance. */
  folder: string;
  /** For tests that start an instance of their own. */
  binaries: ControlPlaneBinaries;
  kwok: KwokFiles;
  /** Absent where they cannot be had: the tests of the chart are skipped then. */
  programs: HelmAndKubectl | undefined;
};

declare module "vitest" {
  interface ProvidedContext {
    rarityCluster: ClusterTestSettings;
  }
}
