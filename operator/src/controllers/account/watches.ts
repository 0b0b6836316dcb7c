import { accountKinds, type AccountKind } from "../../api/account-kinds.ts";
import { labels } from "../../api/names.ts";
import type { KubeObject, ObjectRef } from "../../api/objects.ts";
import type { Deployment, Pod } from "../../api/workloads.ts";
import { podFailure } from "../../plan/pod-failure.ts";
import { clusterChildKinds } from "./observe.ts";
import type { Watched } from "../runtime/controller.ts";

/** Pods for what keeps them from running. */
export const accountWatchedKinds = ["Pod", ...clusterChildKinds] as const;

type WatchedKind = (typeof accountWatchedKinds)[number];

/** What wakes the accounts of one kind. The account is in the labels: a pod's owner is a ReplicaSet. */
export const watchesOf = (kind: AccountKind): Watched[] =>
  accountWatchedKinds.map((watched) => {
    const matter = matters[watched];
    return {
      kind: watched,
      concerns: ({ object }) => accountOf(object, kind),
      ignoresOwn: true,
      ...(matter === undefined ? {} : { matter }),
    };
  });

const askedOf = ({ metadata }: KubeObject): unknown => {
  const { uid, generation, labels: own, annotations, ownerReferences } = metadata;
  return { uid, generation, own, annotations, ownerReferences };
};

/** What a plan is made from, of kinds whose status changes more often than that. */
const matters: Partial<Record<WatchedKind, (object: KubeObject) => unknown>> = {
  Deployment: (object: KubeObject): unknown => {
    const { replicas, readyReplicas, updatedReplicas } = (object as Deployment).status ?? {};
    return [askedOf(object), replicas, readyReplicas, updatedReplicas];
  },
  PodDisruptionBudget: askedOf,
  Pod: (object: KubeObject): unknown => podFailure(object as Pod),
};

const accountOf = ({ metadata }: KubeObject, kind: AccountKind): ObjectRef[] => {
  const {
    [labels.name]: channel,
    [labels.instance]: name,
    [labels.accountId]: id,
  } = metadata.labels ?? {};
  if (id === undefined || name === undefined || channel !== accountKinds[kind].channel) return [];
  return [{ kind, namespace: metadata.namespace, name }];
};
