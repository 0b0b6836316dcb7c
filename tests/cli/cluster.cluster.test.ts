import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtempSync, readFileSync } from "node:fs";
import type { KubeObject } from "../../scripts/src/cluster/client/kube-client.ts";
import { parseObjects } from "../../scripts/src/cluster/client/read-objects.ts";
import { openTestCluster, type TestCluster } from "../../scripts/src/cluster/testing/cluster.ts";
import { runCommand, type Finished } from "./run-command.ts";

const name = "sales-minimal";
let cluster: TestCluster;

const applySample = async (sample: string): Promise<KubeObject[]> => {
  const file = join(import.meta.dirname, `../../crds/samples/valid/${sample}.yaml`);
  const { client, namespace } = cluster;
  return Promise.all(
    parseObjects(readFileSync(file, "utf8")).map((object) =>
      client.apply({ ...object, metadata: { ...object.metadata, namespace } }),
    ),
  );
};

const rarity = (...args: string[]): Promise<Finished> =>
  runCommand([...args, "--kubeconfig", cluster.kubeconfigPath, "-n", cluster.namespace], {
    cwd: tmpdir(),
  });

beforeAll(async () => {
  cluster = await openTestCluster("cli");
  await applySample("whatsapp-minimal");
});
afterAll(() => cluster.close());

test("an account no operator looks at says so", async () => {
  const { stdout, exitCode } = await rarity("status");
  expect(stdout).toMatch(/WhatsAppAccount\/sales-minimal +Unknown +NotSeenYet/);
  expect(exitCode).toBe(1);
  const why = await rarity("why", `whatsappaccounts/${name}`);
  expect(why.stdout).toMatch(/Deployment: does not exist/);
});

test("a pause is written, and what did not follow is said", async () => {
  const { stderr, exitCode } = await rarity("pause", name, "--timeout", "1");
  expect(stderr).toMatch(/spec.paused is written, but the operator has not acted on it/);
  expect(exitCode).toBe(1);
  const why = await rarity("why", name);
  expect(why.stdout).toMatch(/spec.paused is true: messages wait/);
});

test("pairing needs a token, and says which", async () => {
  const status = { accountId: "0198c1d2-3e4f-7a5b-8c6d-1234567890ab" };
  await cluster.client.request(
    `/apis/rarityleads.io/v1alpha1/namespaces/${cluster.namespace}/whatsappaccounts/${name}/status`,
    { method: "PATCH", body: { status }, contentType: "application/merge-patch+json" },
  );
  const { stderr } = await rarity("pair", name);
  expect(stderr).toMatch(/set RARITY_TOKEN to an API key/);
});

test("a context that does not exist is answered with those that do", async () => {
  const { stderr } = await rarity("status", "--context", "nowhere");
  expect(stderr).toMatch(/there is no context "nowhere"; there are: /);
});

test("a report has what an installation is made of, and no value of a variable", async () => {
  const { namespace } = cluster;
  const [platform] = await applySample("platform-minimal");
  const owner = {
    ...{ apiVersion: platform?.apiVersion, kind: platform?.kind, name: platform?.metadata.name },
    uid: platform?.metadata["uid"],
  };
  const pod = {
    restartPolicy: "Never",
    containers: [{ name: "one", image: "x", env: [{ name: "OPEN", value: "canary" }] }],
  };
  await cluster.client.apply({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...{ name: "reported-migrate", namespace },
      labels: { "app.kubernetes.io/managed-by": "rarity-operator" },
      ownerReferences: [owner],
    },
    spec: { template: { spec: pod } },
  });
  const file = join(mkdtempSync(join(tmpdir(), "rarity-report-")), "report.yaml");
  const { stdout } = await rarity("report", "-f", file);
  expect(stdout).toMatch(/1 installation\(s\), 1 account\(s\)/);
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/kind: Job/);
  expect(text).toMatch(/name: OPEN/);
  expect(text).not.toContain("canary");
});
