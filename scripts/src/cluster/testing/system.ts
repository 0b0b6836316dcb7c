import { randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { signUp, type Session } from "../../demo/auth-client.ts";
import { openEvents, type EventStream } from "../../demo/event-stream.ts";
import { request, type RequestOptions } from "../../demo/http-client.ts";
import { dev } from "../../dev/settings.ts";
import { projectRoot } from "../../images/project.ts";
import { runCommand } from "../../lib/run-command.ts";
import { findHelmAndKubectl } from "../binaries/helm-and-kubectl.ts";
import type { KubeObject } from "../client/kube-client.ts";
import { installSystem, type System } from "../system/install-system.ts";
import { archiveProjectImages } from "../system/project-images.ts";
import { startTestNodes, type TestNodes } from "./nodes.ts";
import { forwardPort } from "./port-forward.ts";

/** The chart and a Platform on two nodes, a signed-up organization, and the phones of the sandbox. */
export type TestSystem = System & {
  cluster: TestNodes;
  session: Session;
  events: EventStream;
  /** Through the Ingress, as the organization's owner. */
  api: <T>(method: string, path: string, options?: RequestOptions) => Promise<T>;
  sandbox: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  /** Runs `kubectl rarity` against the cluster; answers what it printed. */
  rarity: (...args: readonly string[]) => Promise<string>;
  /** `kubectl apply` of objects in the installation's namespace. */
  apply: (...objects: readonly KubeObject[]) => Promise<string>;
  close: () => Promise<void>;
};

/** Images from the sources as they are, then the chart with values-dev.yaml and these settings. */
export const startTestSystem = async (settings: readonly string[] = []): Promise<TestSystem> => {
  const progress = (line: string): void => console.error(line);
  const programs = await findHelmAndKubectl(process.env, progress);
  if ("missing" in programs) throw new Error(programs.missing);
  const archives = await archiveProjectImages({ tag: dev.tag, base: "local" }, progress);
  const cluster = await startTestNodes({ archives });
  try {
    const target = { ...programs, kubeconfig: cluster.kubeconfigPath };
    const system = await installSystem({ cluster, target, progress, settings });
    return await openSystem(cluster, system, programs.kubectl);
  } catch (error) {
    await cluster.close();
    throw error;
  }
};

const openSystem = async (
  cluster: TestNodes,
  system: System,
  kubectl: string,
): Promise<TestSystem> => {
  const access = ["--kubeconfig", cluster.kubeconfigPath];
  const phones = await forwardPort(
    { file: kubectl, args: access },
    { namespace: dev.namespace, target: `service/${dev.platform}-sandbox`, port: 3900 },
  );
  const person = { email: "owner@nodes.example", password: `nodes-${randomInt(1e9)}` };
  const session = await signUp(system.url, { ...person, organization: "Nodes" });
  const token = session.accessToken;
  const events = await openEvents(system.url, token);
  let applied = 0;
  return {
    ...{ ...system, cluster, session, events },
    api: (method, path, options = {}) => request(system.url, method, path, { token, ...options }),
    sandbox: (method, path, body) =>
      request(phones.url, method, path, body === undefined ? {} : { body }),
    rarity: (...args) =>
      runCommand(
        join(projectRoot, "operator/bin/kubectl-rarity"),
        [...args, ...access, "-n", dev.namespace, "--api-url", system.url],
        { env: { ...process.env, RARITY_TOKEN: token }, timeoutMs: 120_000 },
      ),
    apply: async (...objects) => {
      applied += 1;
      const file = join(cluster.folder, `applied-${applied}.yaml`);
      await writeFile(
        file,
        objects.map((object) => stringify(object, { version: "1.1" })).join("---\n"),
      );
      return cluster.kubectl("-n", dev.namespace, "apply", "-f", file);
    },
    close: async () => {
      events.close();
      phones.stop();
      await cluster.close();
    },
  };
};
