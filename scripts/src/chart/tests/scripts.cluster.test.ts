import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { accountFinalizer } from "../../../../operator/src/api/names.ts";
import type { KubeObject } from "../../cluster/client/kube-client.ts";
import { openTestCluster, type TestCluster } from "../../cluster/testing/cluster.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { find, podSpecs, renderChart } from "../testing/helm.ts";
import { runScript } from "../testing/run-script.ts";
import { tokenFile } from "../testing/token.ts";

/** The scripts in the chart's pods, with the very rights the chart gives them. */
const { programs } = inject("rarityCluster");

let cluster: TestCluster;
let caFile: string;
let objects: KubeObject[];
beforeAll(async () => {
  cluster = await openTestCluster("chart");
  caFile = join(cluster.folder, "chart-ca.pem");
  writeFileSync(caFile, cluster.access.caPem);
  if (programs === undefined) return;
  const namespaces = ["--set", `operator.watchNamespaces={${cluster.namespace}}`];
  objects = await renderChart("plain", namespaces, cluster.namespace);
  const kinds = ["ServiceAccount", "Role", "RoleBinding"];
  for (const object of objects) if (kinds.includes(object.kind)) await cluster.client.apply(object);
});
afterAll(() => cluster.close());

/** The environment of a pod of the chart, with this API server's address and the identity's token. */
const environmentOf = async (kind: string, name: string): Promise<Record<string, string>> => {
  const owner = find(objects, kind, name);
  const [pod] = podSpecs(owner === undefined ? [] : [owner]);
  const plain = (pod?.containers[0]?.env ?? []).map((each) => [each.name, each.value ?? ""]);
  return {
    ...(Object.fromEntries(plain) as Record<string, string>),
    API_URL: cluster.access.url,
    NODE_EXTRA_CA_CERTS: caFile,
    TOKEN_FILE: await tokenFile(cluster.client, { namespace: cluster.namespace, name }),
  };
};

const account = (name: string, finalizers: string[] = []): KubeObject => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: { name, namespace: cluster.namespace, finalizers },
  spec: { orgId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11", displayName: name },
});

describe.skipIf(programs === undefined)("helm test", () => {
  const name = "rarity-rarity-leads-test";
  /** Answers in the operator's place: what the account becomes is not this test's matter. */
  const say = async (status: string, reason: string): Promise<void> => {
    const path = `/apis/rarityleads.io/v1alpha1/namespaces/${cluster.namespace}/whatsappaccounts/${name}`;
    const made = await waitUntil("the account of the test", () =>
      cluster.client.get(account(name)),
    );
    const condition = {
      ...{ type: "Ready", status, reason, message: "as the test says" },
      observedGeneration: made.metadata["generation"],
      lastTransitionTime: new Date().toISOString(),
    };
    await cluster.client.request(`${path}/status`, {
      method: "PATCH",
      body: { status: { conditions: [condition] } },
      contentType: "application/merge-patch+json",
    });
  };

  it.each([
    ["Ready is True", "True", "Connected", 0],
    ["only a person is missing", "False", "PairingNeeded", 0],
  ])("passes when %s, and leaves no account behind", async (_what, status, reason, code) => {
    const running = runScript("test-account.mjs", await environmentOf("Pod", name));
    await say(status, reason);
    const ended = await running;
    expect(ended.output).toContain(`Ready is ${status}: ${reason}`);
    expect(ended.code).toBe(code);
    expect(await cluster.client.get(account(name))).toBeUndefined();
  });

  it("fails in time with the last reason, and leaves no account behind", async () => {
    const env = { ...(await environmentOf("Pod", name)), TIMEOUT_SECONDS: "10" };
    const running = runScript("test-account.mjs", env);
    await say("False", "NoReadyPod");
    const ended = await running;
    expect(ended.output).toMatch(/Ready is False: NoReadyPod[\s\S]*not ready within 10 s/);
    expect(ended.code).toBe(1);
    expect(await cluster.client.get(account(name))).toBeUndefined();
  });
});

describe.skipIf(programs === undefined)("after the operator is uninstalled", () => {
  const name = "rarity-rarity-leads-release";

  it("takes our finalizer off every account and leaves those of others", async () => {
    const foreign = "example.com/theirs";
    await cluster.client.apply(account("held", [accountFinalizer, foreign]));
    await cluster.client.apply(account("leaving", [accountFinalizer]));
    await cluster.client.apply(account("free"));
    await cluster.client.delete(account("leaving"));
    const ended = await runScript("release-accounts.mjs", await environmentOf("Job", name));
    expect(ended).toEqual({ code: 0, output: "2 account(s) released\n" });
    expect(await cluster.client.get(account("leaving"))).toBeUndefined();
    const held = await cluster.client.get(account("held"));
    expect(held?.metadata["finalizers"]).toEqual([foreign]);
    expect(await cluster.client.get(account("free"))).toBeDefined();
    const path = `/apis/rarityleads.io/v1alpha1/namespaces/${cluster.namespace}/whatsappaccounts/held`;
    await cluster.client.request(path, {
      method: "PATCH",
      body: { metadata: { finalizers: null } },
      contentType: "application/merge-patch+json",
    });
  });
});
