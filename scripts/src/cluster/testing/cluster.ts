import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { createKubeClient, type KubeClient } from "../client/kube-client.ts";
import { openAuthority, type Authority } from "../control-plane/certificates.ts";
import {
  startControlPlane,
  type ControlPlane,
  type StartOptions,
} from "../control-plane/start-control-plane.ts";
import type { ClusterTestSettings } from "./settings.ts";

export type TestCluster = ClusterTestSettings & {
  client: KubeClient;
  /** A namespace of this test file alone. */
  namespace: string;
  /** Signs certificates that the cluster trusts: other users, or servers it calls. */
  authority: () => Promise<Authority>;
  /** Deletes the namespace without waiting for its end, and closes the client. */
  close: () => Promise<void>;
};

/** The run's control plane, with a new namespace in it. Call it in beforeAll, close it in afterAll. */
export const openTestCluster = async (prefix: string): Promise<TestCluster> => {
  const settings = inject("rarityCluster");
  const client = createKubeClient(settings.access);
  const namespace = `${prefix}-${randomBytes(4).toString("hex")}`;
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await client.apply(object);
  return {
    ...settings,
    client,
    namespace,
    authority: () => {
      const pem = (name: string): string =>
        readFileSync(join(settings.folder, "pki", name), "utf8");
      return openAuthority({ certPem: pem("ca.crt"), keyPem: pem("ca.key") });
    },
    close: async () => {
      await client.delete(object);
      await client.close();
    },
  };
};

/** A control plane of this test's own, ended when the test ends. */
export const startOwnControlPlane = async (
  options: Partial<Pick<StartOptions, "crds" | "progress">> = {},
): Promise<ControlPlane> => {
  const { binaries } = inject("rarityCluster");
  const controlPlane = await startControlPlane({ binaries, progress: () => undefined, ...options });
  onTestFinished(controlPlane.stop);
  return controlPlane;
};
