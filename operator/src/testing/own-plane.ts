import { resolve } from "node:path";
import { inject, onTestFinished } from "vitest";
import {
  createKubeClient,
  type KubeClient,
  type KubeObject as TestObject,
} from "../../../scripts/src/cluster/client/kube-client.ts";
import { readObjects } from "../../../scripts/src/cluster/client/read-objects.ts";
import { startKwok } from "../../../scripts/src/cluster/control-plane/kwok.ts";
import {
  startControlPlane,
  type ControlPlane,
} from "../../../scripts/src/cluster/control-plane/start-control-plane.ts";
import { resourceKinds, type ResourceKind } from "../api/resources.ts";
import { startApiProxy, type ApiProxy } from "./api-proxy.ts";

export interface OwnPlane {
  plane: ControlPlane;
  client: KubeClient;
  /** In front of its API server; a caller's token is passed on. */
  proxy: ApiProxy;
  close(): Promise<void>;
}

/** A control plane with our kinds, and those of others where they are asked for. Pods become ready. */
export const startOwnPlane = async ({ withForeignKinds = false } = {}): Promise<OwnPlane> => {
  const { binaries, kwok } = inject("rarityCluster");
  const crds = [
    ...readObjects(resolve(import.meta.dirname, "../../../crds")),
    ...(withForeignKinds ? foreignKinds.map(anyObject) : []),
  ];
  const plane = await startControlPlane({ binaries, crds, progress: () => undefined });
  await startKwok(plane, kwok, ["fake-1"]);
  const client = createKubeClient(plane);
  const pair = await plane.signCertificate({ commonName: "proxy", hosts: ["127.0.0.1"] });
  const proxy = await startApiProxy(plane, pair);
  return {
    ...{ plane, client, proxy },
    close: async () => {
      await proxy.close();
      await client.close();
      await plane.stop();
    },
  };
};

/** The same, ended with the test. */
export const openOwnPlane = async (): Promise<OwnPlane> => {
  const own = await startOwnPlane();
  onTestFinished(own.close);
  return own;
};

const foreignKinds: ResourceKind[] = [
  ...[resourceKinds.HTTPRoute, resourceKinds.ScaledObject],
  ...[resourceKinds.PodMonitor, resourceKinds.PrometheusRule],
];

/** A definition that takes anything, for tests in which only names matter. */
const anyObject = ({ group, version, plural, kind }: ResourceKind): TestObject => {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Groups below k8s.io are reserved; this is how a definition says that it is not in use.
      annotations: { "api-approved.kubernetes.io": "unapproved, for tests" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          ...{ name: version, served: true, storage: true, schema: { openAPIV3Schema: open } },
          subresources: { status: {} },
        },
      ],
    },
  };
};
