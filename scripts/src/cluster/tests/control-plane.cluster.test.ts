import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { waitUntil } from "../../lib/wait-until.ts";
import { createKubeClient, type KubeClient } from "../client/kube-client.ts";
import { readAuditLog } from "../control-plane/audit.ts";
import { openTestCluster, startOwnControlPlane, type TestCluster } from "../testing/cluster.ts";
import { startVictim } from "../testing/victim.ts";

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await openTestCluster("harness");
});
afterAll(() => cluster.close());

const version = (client: KubeClient): Promise<{ gitVersion: string }> => client.request("/version");

const answers = async (url: string): Promise<boolean> => {
  try {
    await fetch(url);
    return true;
  } catch (error) {
    // A certificate it does not know is an answer; a refused connection is none.
    const cause = (error as Error).cause as { code?: string } | undefined;
    return cause?.code !== "ECONNREFUSED";
  }
};

describe("access", () => {
  it("refuses who has no role, and the audit log says who asked for what", async () => {
    const authority = await cluster.authority();
    const pair = await authority.sign({ commonName: "stranger", organization: "guests" });
    const stranger = createKubeClient({ ...cluster.access, ...pair });
    try {
      const secrets = { apiVersion: "v1", kind: "Secret", namespace: cluster.namespace };
      await expect(stranger.list(secrets)).rejects.toMatchObject({ code: 403 });
    } finally {
      await stranger.close();
    }
    const events = await waitUntil("the refusal in the audit log", async () => {
      const all = await readAuditLog(cluster.auditLogPath);
      const mine = all.filter((event) => event.user.username === "stranger");
      return mine.some((event) => event.objectRef?.resource === "secrets") && mine;
    });
    const refusal = events.find((event) => event.objectRef?.resource === "secrets");
    expect(refusal).toMatchObject({
      verb: "list",
      objectRef: { resource: "secrets", namespace: cluster.namespace },
      responseStatus: { code: 403 },
      annotations: { "authorization.k8s.io/decision": "forbid" },
    });
    expect(refusal?.user.groups).toContain("guests");
  });
});

describe("an instance of its own", () => {
  it("runs beside the others and leaves nothing when it is stopped", async () => {
    const own = await startOwnControlPlane();
    expect(own.url).not.toBe(cluster.access.url);
    const client = createKubeClient(own);
    expect(await version(client)).toEqual(await version(cluster.client));
    const ours = { apiVersion: "v1", kind: "Namespace", metadata: { name: cluster.namespace } };
    expect(await client.get(ours)).toBeUndefined();
    await client.close();
    await own.stop();
    expect(existsSync(own.folder)).toBe(false);
    expect(await answers(own.url)).toBe(false);
  });

  it("ends with its owner, also when that one is killed", async () => {
    const victim = await startVictim(inject("rarityCluster").binaries);
    expect(await answers(victim.url)).toBe(true);
    victim.kill();
    await waitUntil("the API server to be gone", async () => !(await answers(victim.url)));
    await waitUntil("its folder to be removed", () => !existsSync(victim.folder));
    await waitUntil("its programs to be gone", () => victim.runningPrograms().length === 0);
  });

  it("says which program ended and why it did not start", async () => {
    const { binaries } = inject("rarityCluster");
    const { startControlPlane } = await import("../control-plane/start-control-plane.ts");
    const launch = {
      ...binaries.launch,
      etcd: { file: "sh", args: ["-c", "echo broken disk; exit 3"] },
    };
    const start = startControlPlane({
      binaries: { source: "test", launch },
      progress: () => undefined,
    });
    await expect(start).rejects.toThrow(/etcd ended with 3:\nbroken disk/);
  });
});
