import { annotations, shortHash } from "../../../api/names.ts";
import { controllerReference, isOwnedBy, refOf } from "../../../api/objects.ts";
import type { Deployment, Pod } from "../../../api/workloads.ts";
import {
  createWorkQueue,
  type WorkQueue,
  type WorkResult,
} from "../../../controllers/runtime/work-queue.ts";
import type { ObjectStore } from "../object-store.ts";
import { processFinalizer } from "./pod-runtime.ts";

export interface DeploymentControllerDeps {
  store: ObjectStore;
  onError: (key: string, error: unknown) => void;
}

/** Turns Deployments into Pods. An update stops the old pods before it starts new ones (Recreate). */
export const startDeploymentController = (
  deps: DeploymentControllerDeps,
): { stop(): Promise<void> } => {
  const queue: WorkQueue = createWorkQueue({
    process: async (key) => Promise.resolve().then(() => reconcileDeployment(deps.store, key)),
    onError: deps.onError,
  });
  const unwatch = deps.store.watch(["Deployment", "Pod"], ({ object }) => {
    const { namespace, name } = object.metadata;
    if (object.kind === "Deployment") queue.add(`${namespace}/${name}`);
    for (const owner of object.metadata.ownerReferences ?? []) {
      if (object.kind === "Pod") queue.add(`${namespace}/${owner.name}`);
    }
  });
  for (const { metadata } of deps.store.list("Deployment")) {
    queue.add(`${metadata.namespace}/${metadata.name}`);
  }
  return {
    stop: async () => {
      unwatch();
      await queue.stop();
    },
  };
};

const reconcileDeployment = (store: ObjectStore, key: string): WorkResult => {
  const [namespace = "", name = ""] = key.split("/");
  const deployment = store.get({ kind: "Deployment", namespace, name }) as Deployment | undefined;
  if (deployment?.metadata.deletionTimestamp !== undefined || deployment === undefined) return {};
  const hash = shortHash(deployment.spec.template);
  const pods = ownedPods(store, deployment);
  const isCurrent = (pod: Pod): boolean =>
    pod.metadata.annotations?.[annotations.templateHash] === hash;
  const wanted = Array.from(
    { length: deployment.spec.replicas ?? 1 },
    (_, index) => `${name}-${index}`,
  );

  for (const pod of pods) {
    if (!isCurrent(pod) || !wanted.includes(pod.metadata.name)) store.delete(refOf(pod));
  }
  for (const podName of wanted) {
    if (pods.some((pod) => pod.metadata.name === podName)) continue;
    store.put(buildPod(deployment, podName, hash), undefined);
  }
  const left = ownedPods(store, deployment);
  store.putStatus(refOf(deployment), {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: left.length,
    readyReplicas: left.filter((pod) => pod.status?.ready === true).length,
    updatedReplicas: left.filter(isCurrent).length,
  });
  return {};
};

const ownedPods = (store: ObjectStore, deployment: Deployment): Pod[] =>
  (store.list("Pod", { namespace: deployment.metadata.namespace }) as Pod[]).filter((pod) =>
    isOwnedBy(pod, deployment.metadata.uid),
  );

const buildPod = (deployment: Deployment, name: string, hash: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    namespace: deployment.metadata.namespace,
    labels: deployment.spec.template.metadata.labels,
    annotations: {
      ...deployment.spec.template.metadata.annotations,
      [annotations.templateHash]: hash,
    },
    finalizers: [processFinalizer],
    ownerReferences: [controllerReference(deployment)],
  },
  spec: deployment.spec.template.spec,
});
