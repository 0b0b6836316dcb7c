import path from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { allAccountKinds, isAccount, type Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Deployment } from "../../api/workloads.ts";
import { admittedSample, platformContext } from "../../testing/platform-fixtures.ts";
import { buildFoundation } from "../platform/build-platform.ts";
import { buildAccount } from "./build-account.ts";

const samples = [
  "whatsapp-full",
  "instagram-full",
  "instagram-official",
  "facebook-full",
  "x-webhook",
  "linkedin-session",
] as const;

const accountOf = (sample: string): Account => {
  const object = admittedSample(sample);
  if (!isAccount(object)) throw new Error(`${sample} is no account`);
  return object;
};

const context = platformContext("platform-full");
const build = (account: Account, platform = context): KubeObject[] =>
  buildAccount(account, { runs: "pods", context: platform }, 1);

const deploymentIn = (objects: readonly KubeObject[]): Deployment =>
  objects.find(({ kind }) => kind === "Deployment") as Deployment;

describe.each(samples)("what %s becomes on Kubernetes", (sample) => {
  const account = accountOf(sample);
  const objects = build(account);

  it("is as the golden file says", async () => {
    const text = objects.map((object) => stringify(object, { lineWidth: 110 })).join("---\n");
    const golden = path.join(import.meta.dirname, "testdata", `${sample}.golden.yaml`);
    await expect(text).toMatchFileSnapshot(golden);
  });

  it("belongs to the account and has no status", () => {
    for (const object of objects) {
      expect(object.metadata.ownerReferences?.[0]).toMatchObject({ kind: account.kind });
      expect(object).not.toHaveProperty("status");
    }
  });

  it("holds no value of a Secret, and its pod no token", () => {
    expect(objects.map(({ kind }) => kind)).not.toContain("Secret");
    expect(deploymentIn(objects).spec.template.spec.automountServiceAccountToken).toBe(false);
  });

  it("runs as an identity of its channel, which the Platform brings", () => {
    const identities = buildFoundation(context)
      .filter(({ kind }) => kind === "ServiceAccount")
      .map(({ metadata }) => metadata.name);
    expect(identities).toContain(deploymentIn(objects).spec.template.spec.serviceAccountName);
  });

  it("meets the restricted Pod Security Standard", () => {
    const { spec } = deploymentIn(objects).spec.template;
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });
});

describe("what depends on the account and the Platform", () => {
  it("has every kind among its samples", () => {
    expect(new Set(samples.map((sample) => accountOf(sample).kind)).size).toBe(
      allAccountKinds.length,
    );
  });

  it("rolls a session by standing by, so that only the lease changes hands", () => {
    const { strategy } = deploymentIn(build(accountOf("whatsapp-full"))).spec;
    expect(strategy).toMatchObject({ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  });

  it("leaves replicas to an autoscaler", () => {
    const installation = { runs: "pods", context } as const;
    const objects = buildAccount(accountOf("x-webhook"), installation, undefined);
    expect(deploymentIn(objects).spec).not.toHaveProperty("replicas");
  });

  it("reaches the sandbox and nothing else while it is on", () => {
    const emulated = platformContext("platform-minimal", { spec: { sandbox: "On" } });
    const objects = build(accountOf("whatsapp-minimal"), emulated);
    const policy = objects.find(({ kind }) => kind === "NetworkPolicy");
    expect(JSON.stringify(policy)).not.toContain("5222");
    const env = deploymentIn(objects).spec.template.spec.containers[0]?.env ?? [];
    const url = env.find(({ name }) => name === "WHATSAPP_URL");
    expect(url?.valueFrom).toEqual({
      configMapKeyRef: { name: "rarity-sandbox-trust", key: "wireUrl" },
    });
  });

  it("rolls the pods that read a changed Secret value, and no others", () => {
    const hashes = (digests: Record<string, string>): unknown[] =>
      ["whatsapp-full", "x-webhook"].map(
        (sample) =>
          deploymentIn(build(accountOf(sample), { ...context, secretDigests: digests })).spec
            .template.metadata.annotations,
      );
    const { secretName } = context.platform.spec.database;
    const before = hashes({ [`${secretName}/whatsappUrl`]: "1" });
    const after = hashes({ [`${secretName}/whatsappUrl`]: "2" });
    expect(after[0]).not.toEqual(before[0]);
    expect(after[1]).toEqual(before[1]);
  });
});
