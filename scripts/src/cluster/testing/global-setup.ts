import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { readObjects } from "../client/read-objects.ts";
import { findHelmAndKubectl } from "../binaries/helm-and-kubectl.ts";
import { startKwok } from "../control-plane/kwok.ts";
import { startControlPlane } from "../control-plane/start-control-plane.ts";
import { prepareClusterTools } from "./prepare.ts";
import "./settings.ts";

const crdFolder = resolve(import.meta.dirname, "../../../../crds");
const progress = (line: string): void => console.error(line);

/** One control plane with our kinds and two faked nodes for the whole run. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const tools = await prepareClusterTools(progress);
  if ("missing" in tools) throw new Error(tools.missing);
  const { binaries, kwok } = tools;
  const found = await findHelmAndKubectl(process.env, progress);
  const programs = "missing" in found ? undefined : found;
  if ("missing" in found) progress(`The chart is not tested: ${found.missing}`);
  progress(`Kubernetes from ${binaries.source}`);
  const controlPlane = await startControlPlane({
    binaries,
    progress,
    crds: readObjects(crdFolder),
  });
  try {
    await startKwok(controlPlane, kwok, ["fake-1", "fake-2"]);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  const { url, caPem, certPem, keyPem, kubeconfigPath, auditLogPath, folder } = controlPlane;
  const access = { url, caPem, certPem, keyPem };
  project.provide("rarityCluster", {
    ...{ access, kubeconfigPath, auditLogPath, folder },
    ...{ binaries, kwok, programs },
  });
  return controlPlane.stop;
};
