import { expect, it } from "vitest";
import { accountFinalizer } from "../../api/names.ts";
import type { WhatsAppAccount } from "../../api/whatsapp-account.ts";
import { ClusterError } from "../../cluster/errors.ts";
import { createLocalCluster } from "../../cluster/local/local-cluster.ts";
import type { Cluster } from "../../cluster/port.ts";
import { createPlatformSources } from "../../sources/platform-sources.ts";
import { createTestStore, testAccount } from "../../testing/fixtures.ts";
import { createApplier } from "../runtime/apply-object.ts";
import type { Work } from "../runtime/controller.ts";
import { holdAccount } from "./finalize.ts";
import { createRegistrar } from "./register.ts";

const deletionDeadlineMs = 60_000;
const ref = { kind: "WhatsAppAccount", namespace: "default", name: "sales" };

/** An account that is being deleted, and its finalizer, where the installation cannot be read. */
const openBlind = async (refusal: ClusterError) => {
  const cluster: Cluster = createLocalCluster(createTestStore());
  const { metadata, ...rest } = testAccount({ deletionPolicy: "Delete" });
  const { name, namespace } = metadata;
  await cluster.apply(
    { ...rest, metadata: { name, namespace } },
    {
      fieldManager: "user",
    },
  );
  await cluster.setFinalizer(ref, accountFinalizer, true);
  await cluster.delete(ref);
  const reasons: string[] = [];
  const deps = {
    cluster,
    sources: createPlatformSources({ intervalMs: 1000, onReading: () => undefined }),
    registrar: createRegistrar(),
    readInstallation: async () => Promise.reject(refusal),
    applier: createApplier(cluster),
    events: { record: (_about: unknown, note: { reason: string }) => reasons.push(note.reason) },
    deletionDeadlineMs,
  };
  const read = async (): Promise<WhatsAppAccount | undefined> =>
    (await cluster.get(ref)) as WhatsAppAccount | undefined;
  const step = async (afterMs: number): Promise<WhatsAppAccount | undefined> => {
    const account = await read();
    if (account === undefined) return undefined;
    const now = (): Date => new Date(Date.now() + afterMs);
    await holdAccount({ ...deps, now }, account, {} as Work);
    return read();
  };
  return { step, reasons };
};

it("lets an account go at its deadline where the installation cannot be read", async () => {
  const { step, reasons } = await openBlind(new ClusterError("Forbidden", "secrets is forbidden"));
  const waiting = await step(0);
  const ready = waiting?.status?.conditions?.find(({ type }) => type === "Ready");
  expect(ready).toMatchObject({ status: "False", reason: "LoggingOut" });
  expect(ready?.message).toContain("secrets is forbidden");
  expect(await step(3 * deletionDeadlineMs)).toBeUndefined();
  expect(reasons).toEqual(["SessionNotErased"]);
});

it("leaves everything to the replica that leads by now", async () => {
  const { step, reasons } = await openBlind(new ClusterError("NotLeader", "another leads"));
  await expect(step(3 * deletionDeadlineMs)).rejects.toMatchObject({ reason: "NotLeader" });
  expect(reasons).toEqual([]);
});
