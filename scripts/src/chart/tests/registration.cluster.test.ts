import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  register,
  unregister,
} from "../../../../operator/src/scaling/metrics-server/registration.ts";
import { apiCallsOf } from "../../../../operator/src/testing/cluster-api-calls.ts";
import { createKubeClient, type KubeObject } from "../../cluster/client/kube-client.ts";
import { startKwok } from "../../cluster/control-plane/kwok.ts";
import { startOwnControlPlane } from "../../cluster/testing/cluster.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { chartFolder, helm } from "../testing/helm.ts";

const { programs, kwok } = inject("rarityCluster");
const namespace = "rarity";

type Registration = KubeObject & { spec: { caBundle?: string; service: { name: string } } };

const limit = { timeout: 600_000 };
describe.skipIf(programs === undefined)("the registration of external metrics", limit, () => {
  it("is the chart's object, to which the operator adds its authority, through upgrades to the end", async () => {
    const controlPlane = await startOwnControlPlane();
    await startKwok(controlPlane, kwok, ["fake-1"]);
    const client = createKubeClient(controlPlane);
    onTestFinished(() => client.close());
    const kubeconfig = join(controlPlane.folder, "kubeconfig");
    const wait = ["--namespace", namespace, "--wait", "--timeout", "240s"];
    const install = ["upgrade", "--install", "rarity", chartFolder, "--create-namespace", ...wait];
    const withMetrics = ["--set", "externalMetrics.enabled=true"];
    await helm([...install, ...withMetrics], kubeconfig);

    const ref = {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.external.metrics.k8s.io" },
    };
    const read = (): Promise<Registration | undefined> => client.get<Registration>(ref);
    const service = { namespace, name: (await read())?.spec.service.name ?? "", port: 443 };
    const registered = await register(apiCallsOf(client), service, controlPlane.caPem);
    expect(registered).toEqual({ state: "registered" });
    const caBundle = Buffer.from(controlPlane.caPem).toString("base64");
    expect((await read())?.spec.caBundle).toBe(caBundle);

    // Without a Platform that wants it the operator still leaves it where helm waits for it.
    await unregister(apiCallsOf(client), service);
    expect(await read()).toBeDefined();

    await helm([...install, ...withMetrics, "--set", "operator.logLevel=debug"], kubeconfig);
    expect((await read())?.spec.caBundle).toBe(caBundle);

    // Switched off, the slot is free again.
    await helm([...install, "--set", "externalMetrics.enabled=false"], kubeconfig);
    await waitUntil("the registration to be gone", async () => (await read()) === undefined);
    await helm(["uninstall", "rarity", ...wait], kubeconfig);
  });
});
