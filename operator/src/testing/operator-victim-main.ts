// Started by crash.cluster.test.ts: an operator that kills its own process after one write.
import { Registry } from "prom-client";
import { createKubernetesCluster } from "../cluster/kubernetes/kubernetes-cluster.ts";
import { createKubeMetrics } from "../cluster/kubernetes/metrics.ts";
import { createInstallations } from "../controllers/platform/installations.ts";
import { startKubernetesControllers } from "../controllers/start-kubernetes-controllers.ts";
import { killAfter } from "./killed-cluster.ts";
import { accessOf, type TestAccess } from "./kubernetes-world.ts";

interface VictimOptions {
  access: TestAccess;
  namespace: string;
  servicesUrl: string;
}

const { access, namespace, servicesUrl } = JSON.parse(process.argv[2] ?? "") as VictimOptions;
const registry = new Registry();
const cluster = createKubernetesCluster({
  access: accessOf(access),
  metrics: createKubeMetrics(registry, "victim"),
  namespaces: [namespace],
  onWatcherError: () => undefined,
});
const killed = killAfter(cluster, 1, (write) => {
  process.stdout.write(`${write}\n`);
  process.kill(process.pid, "SIGKILL");
});
await startKubernetesControllers({
  cluster: killed.cluster,
  events: { record: () => undefined },
  registry,
  installations: createInstallations({
    cluster: killed.cluster,
    operatorVersion: "0.1.0",
    operatorNamespace: "rarity-system",
    pollIntervalMs: 50,
    urlsOf: () => ({ orchestratorUrl: servicesUrl, accountsUrl: servicesUrl }),
  }),
  deletionDeadlineMs: 60_000,
  onError: () => undefined,
});
