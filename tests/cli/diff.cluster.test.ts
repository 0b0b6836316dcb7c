import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DiffReport } from "../../operator/src/cli/diff/report.ts";
import type { KubeObject } from "../../operator/src/api/objects.ts";
import {
  smallPlatform,
  startClusterOperator,
  type ClusterOperator,
} from "../../operator/src/testing/cluster-operator.ts";
import { openClusterWorld, type ClusterWorld } from "../../operator/src/testing/cluster-world.ts";
import { sampleAccount } from "../../operator/src/testing/sample-accounts.ts";
import { runCommand, type Finished } from "./run-command.ts";

let world: ClusterWorld;
let operator: ClusterOperator;
let folder: string;

const account = (name: string, spec: Record<string, unknown> = {}): KubeObject =>
  sampleAccount("WhatsAppAccount", { name, namespace: world.namespace, spec });

const run = async (objects: readonly unknown[], ...args: string[]): Promise<Finished> => {
  const file = join(folder, "change.yaml");
  // JSON is YAML, too.
  await writeFile(file, objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(""));
  const { kubeconfigPath } = world.test;
  return runCommand(
    ["diff", "-f", file, "--kubeconfig", kubeconfigPath, "-n", world.namespace, ...args],
    { cwd: folder },
  );
};

const report = async (objects: readonly unknown[]): Promise<DiffReport> => {
  // As somebody who applied it before with this name.
  const { stdout, stderr } = await run(objects, "--json", "--field-manager", "person");
  expect(stderr).not.toMatch(/kubectl rarity:/);
  return JSON.parse(stdout) as DiffReport;
};

const versions = async (): Promise<unknown> => {
  const kinds = ["Platform", "WhatsAppAccount", "Deployment", "NetworkPolicy", "Job"];
  const { namespace } = world;
  const lists = await Promise.all(kinds.map(async (kind) => world.user.list(kind, { namespace })));
  return lists.flat().map(({ metadata }) => [metadata.name, metadata.generation]);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rarity-diff-"));
  world = await openClusterWorld("diff");
  operator = await startClusterOperator({ cluster: world.openCluster(), platform: world.platform });
  await world.apply(smallPlatform(world.namespace));
  for (const name of ["one", "two"]) {
    await world.apply(account(name));
    await world.waitForCondition({ kind: "WhatsAppAccount", name }, "Ready", { status: "True" });
  }
});
afterAll(async () => {
  await operator.stop();
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

describe("kubectl rarity diff on what the operator runs", () => {
  it("what is there already changes nothing, the Secrets' digests and traces included", async () => {
    const same = [smallPlatform(world.namespace), account("one"), account("two")];
    const { stdout, exitCode } = await run(same, "--field-manager", "person");
    expect(stdout).toBe("Nothing changes.\n");
    expect(exitCode).toBe(0);
  });

  it("an account's setting: the field, the Deployment it rolls, and nothing is written", async () => {
    const before = await versions();
    const changed = account("one", { limits: { perDay: 7 } });
    const { stdout, exitCode } = await run([changed], "--field-manager", "person");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/change WhatsAppAccount\/one .*\n {2}spec.limits: \(none\) -> .*perDay/);
    expect(stdout).toMatch(/change Deployment\/whatsapp-one/);
    expect(stdout).toMatch(/env\[ACCOUNT_SPEC\].value.limits/);
    expect(stdout).toMatch(/1 pod is replaced, of Deployment\/whatsapp-one\./);
    expect(await versions()).toEqual(before);
  });

  it("a number of pods alone replaces none", async () => {
    const { changes } = await report([account("one", { minReplicas: 2, maxReplicas: 2 })]);
    const found = changes.map(({ action, kind, podsReplaced }) => [action, kind, podsReplaced]);
    expect(found.slice(0, 1)).toEqual([["change", "WhatsAppAccount", 0]]);
    expect(found.slice(1)).toContainEqual(["change", "Deployment", 0]);
    expect(found.slice(1)).toContainEqual(["create", "PodDisruptionBudget", 0]);
    const deployment = changes.find(({ kind }) => kind === "Deployment");
    expect(deployment?.fields).toEqual([
      { path: "metadata.annotations.rarityleads.io/replicas-by", after: "operator" },
      { path: "spec.replicas", before: 1, after: 2 },
    ]);
  });

  it("a Platform: its own objects, and every account it restarts", async () => {
    const { changes, accounts } = await report([
      smallPlatform(world.namespace, { version: "0.2.0" }),
    ]);
    const images = changes
      .flatMap(({ fields }) => fields)
      .filter(({ path }) => path.endsWith("image"));
    expect(images.length).toBeGreaterThanOrEqual(5);
    expect(changes).toContainEqual(expect.objectContaining({ action: "create", kind: "Job" }));
    expect(accounts).toEqual(
      ["one", "two"].map((name) => ({
        ...{ kind: "WhatsAppAccount", namespace: world.namespace, name },
        ...{ changes: ["Deployment"], podsReplaced: 1 },
      })),
    );
  });

  it("a Platform and an account of it in one file are planned together", async () => {
    const { changes, accounts } = await report([
      account("two", { displayName: "Other" }),
      smallPlatform(world.namespace, { version: "0.2.0" }),
    ]);
    const two = changes.find(({ name }) => name === "whatsapp-two");
    expect(two?.fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "spec.template.spec.containers[whatsapp].image",
        "spec.template.spec.containers[whatsapp].env[ACCOUNT_SPEC].value.displayName",
      ]),
    );
    expect(accounts.map(({ name }) => name)).toEqual(["one"]);
  });

  it("a new account: what is made of it, with the server's defaults", async () => {
    const { changes } = await report([account("three")]);
    expect(changes.map(({ action, kind }) => [action, kind])).toEqual([
      ["create", "WhatsAppAccount"],
      ["create", "NetworkPolicy"],
      ["create", "Deployment"],
    ]);
    expect(JSON.stringify(changes)).toMatch(/"terminationMessagePath":"\/dev\/termination-log"/);
  });

  it("a policy that does not apply changes the resource alone, and says so", async () => {
    const { changes, notes } = await report([account("one", { reconcilePolicy: "DryRun" })]);
    expect(changes.map(({ kind }) => kind)).toEqual(["WhatsAppAccount"]);
    expect(notes.join()).toMatch(/reconcilePolicy is not Apply: nothing else would change/);
  });

  it("a refusal of the server is told in its words, above the rest", async () => {
    const bad = account("one", { minReplicas: 5, maxReplicas: 2 });
    const { stdout, exitCode } = await run([bad, account("two", { displayName: "Other" })]);
    expect(stdout).toMatch(/refused WhatsAppAccount\/one .*\n.*minReplicas/);
    expect(stdout).toMatch(/change WhatsAppAccount\/two/);
    expect(exitCode).toBe(2);
  });

  it("what kubectl apply wrote is compared with what it remembers", async () => {
    const { namespace } = world;
    const old = account("old", { displayName: "Old", limits: { perDay: 7 } });
    const remembered = "kubectl.kubernetes.io/last-applied-configuration";
    await world.test.client.request(
      `/apis/rarityleads.io/v1alpha1/namespaces/${namespace}/whatsappaccounts`,
      {
        method: "POST",
        body: {
          ...old,
          metadata: { ...old.metadata, annotations: { [remembered]: JSON.stringify(old) } },
        },
      },
    );
    const { changes } = await report([account("old", { displayName: "Old" })]);
    expect(changes.find(({ kind }) => kind === "WhatsAppAccount")?.fields).toEqual([
      { path: "spec.limits", before: { perDay: 7 } },
    ]);
  });

  it("objects of others are named and left alone; without any of ours it is told", async () => {
    const other = { apiVersion: "v1", kind: "Namespace", metadata: { name: "x" } };
    const { notes } = await report([other, account("one")]);
    expect(notes).toEqual(["not of our kinds, and not compared: Namespace/x"]);
    const { stderr, exitCode } = await run([other]);
    expect(stderr).toMatch(/no Platform and no account in it/);
    expect(exitCode).toBe(2);
  });
});
