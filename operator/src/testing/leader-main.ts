// Started by leader-process.ts: one candidate, made to be stopped and killed.
import { Registry } from "prom-client";
import type { ClusterAccess } from "../cluster/kubernetes/client/access.ts";
import { createKubernetesCluster } from "../cluster/kubernetes/kubernetes-cluster.ts";
import { createLeaderElection } from "../cluster/kubernetes/leader/leader-election.ts";
import type { ElectionTiming } from "../cluster/kubernetes/leader/run-election.ts";
import { createKubeMetrics } from "../cluster/kubernetes/metrics.ts";
import { accountIn } from "./faulty-cluster.ts";

export interface CandidateSettings {
  access: ClusterAccess;
  namespace: string;
  identity: string;
  timing: ElectionTiming;
}

export type CandidateMessage =
  | { type: "ready" | "leading" | "lost" }
  /** How an attempt to write went: the reason of its refusal, or "written". */
  | { type: "wrote"; outcome: string };

const { access, namespace, identity, timing } = JSON.parse(
  process.argv[2] ?? "",
) as CandidateSettings;
const tell = (message: CandidateMessage): void => void process.send?.(message);
const metrics = createKubeMetrics(new Registry(), "test");
const election = createLeaderElection({
  ...{ access, identity, timing, metrics, lease: { namespace, name: "operator" } },
  onLeading: () => tell({ type: "leading" }),
  onLost: () => tell({ type: "lost" }),
  onError: () => undefined,
  onDead: () => process.exit(1),
});
const cluster = createKubernetesCluster({
  ...{ access, metrics, namespaces: [namespace], cached: ["WhatsAppAccount"] },
  guard: election.guard,
  onWatcherError: () => undefined,
});
await cluster.list("WhatsAppAccount");
election.start();

const write = async (): Promise<string> => {
  const object = accountIn(namespace, "fenced", { displayName: identity });
  try {
    await cluster.apply(object, { fieldManager: "operator" });
    return "written";
  } catch (error) {
    return error instanceof Error && "reason" in error ? String(error.reason) : "failed";
  }
};

process.on("message", (asked) => {
  if (asked === "write") void write().then((outcome) => tell({ type: "wrote", outcome }));
  if (asked === "stop") void election.stop().then(() => process.exit(0));
});
process.on("disconnect", () => process.exit(0));
tell({ type: "ready" });
