import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../api/objects.ts";
import { createTestStore, orgId, temporaryFolder } from "../../testing/fixtures.ts";
import type { WatchEvent } from "../port.ts";
import { applyObject } from "./local-cluster.ts";

const account = (spec: Record<string, unknown> = {}, name = "sales"): KubeObject => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: { name, namespace: "default" },
  spec: { orgId, displayName: "Sales", ...spec },
});
const ref = { kind: "WhatsAppAccount", namespace: "default", name: "sales" };

const secret = (name: string, ownerUid?: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name,
    namespace: "default",
    ...(ownerUid === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion: "v1", kind: "WhatsAppAccount", name: "sales", uid: ownerUid },
          ],
        }),
  },
  data: {},
});

describe("object store", () => {
  it("fills in defaults, an uid and the first generation", () => {
    const created = applyObject(createTestStore(), account(), { fieldManager: "user" });
    expect(created.spec).toMatchObject({ minReplicas: 1, paused: false, reconcilePolicy: "Apply" });
    expect(created.metadata).toMatchObject({ generation: 1, uid: expect.any(String) as string });
  });

  it("does not write when nothing changes", () => {
    const store = createTestStore();
    const first = applyObject(store, account(), { fieldManager: "user" });
    const events: WatchEvent[] = [];
    store.watch(["WhatsAppAccount"], (event) => events.push(event));
    const second = applyObject(store, account(), { fieldManager: "user" });
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(events).toEqual([]);
  });

  it("counts a generation for a change of spec and none for status or labels", () => {
    const store = createTestStore();
    applyObject(store, account(), { fieldManager: "user" });
    store.putStatus(ref, { replicas: 1 });
    expect(store.get(ref)?.metadata.generation).toBe(1);
    const labelled = account();
    labelled.metadata.labels = { team: "a" };
    expect(applyObject(store, labelled, { fieldManager: "user" }).metadata.generation).toBe(1);
    const changed = applyObject(store, account({ displayName: "Other" }), { fieldManager: "user" });
    expect(changed.metadata.generation).toBe(2);
    expect(changed.status).toEqual({ replicas: 1 });
  });

  it("removes a field its manager no longer sends, and keeps what another manager set", () => {
    const store = createTestStore();
    applyObject(store, account({ phone: "+4915112345678" }), { fieldManager: "user" });
    applyObject(store, { ...account(), spec: { paused: true } }, { fieldManager: "accounts" });
    const applied = applyObject(store, account(), { fieldManager: "user" });
    expect(applied.spec).not.toHaveProperty("phone");
    expect(applied.spec).toMatchObject({ paused: true });
  });

  it("refuses a write based on an old version", () => {
    const store = createTestStore();
    const first = applyObject(store, account(), { fieldManager: "user" });
    applyObject(store, account({ displayName: "Other" }), { fieldManager: "user" });
    expect(() => store.put(first, store.get(ref))).toThrow(/has changed/);
    expect(() => store.putStatus(ref, {}, first.metadata.resourceVersion)).toThrow(/has changed/);
  });

  it("reads everything back after a restart and never reuses a version", () => {
    const folder = temporaryFolder();
    const store = createTestStore(folder);
    applyObject(store, account(), { fieldManager: "user" });
    applyObject(store, account({}, "gone"), { fieldManager: "user" });
    store.delete({ ...ref, name: "gone" });
    const again = createTestStore(folder);
    expect(again.get(ref)).toEqual(store.get(ref));
    expect(again.resourceVersion()).toBe(store.resourceVersion());
    const file = path.join(folder, "whatsappaccount/default/sales.yaml");
    expect(readFileSync(file, "utf8")).toContain("displayName: Sales");
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it("keeps a deleted object until its last finalizer is removed", () => {
    const store = createTestStore();
    applyObject(store, account(), { fieldManager: "user" });
    store.setFinalizer(ref, "example.io/hold", true);
    expect(store.delete(ref)).toBe(true);
    expect(store.get(ref)?.metadata.deletionTimestamp).toBeDefined();
    store.setFinalizer(ref, "example.io/hold", false);
    expect(store.get(ref)).toBeUndefined();
    expect(store.delete(ref)).toBe(false);
  });

  it("deletes what an object owned together with it, and orphans at start", () => {
    const folder = temporaryFolder();
    const store = createTestStore(folder);
    const owner = applyObject(store, account(), { fieldManager: "user" });
    applyObject(store, secret("owned", owner.metadata.uid), { fieldManager: "operator" });
    applyObject(store, secret("free"), { fieldManager: "operator" });
    applyObject(store, secret("orphan", "no-such-uid"), { fieldManager: "operator" });
    store.delete(ref);
    expect(store.list("Secret").map((object) => object.metadata.name)).toEqual(["free", "orphan"]);
    const again = createTestStore(folder);
    again.collectOrphans();
    expect(again.list("Secret").map((object) => object.metadata.name)).toEqual(["free"]);
  });

  it("tells watchers of a kind what happened, until they stop", () => {
    const store = createTestStore();
    const seen: string[] = [];
    const stop = store.watch(["WhatsAppAccount"], (event) => seen.push(event.type));
    applyObject(store, account(), { fieldManager: "user" });
    applyObject(store, secret("other"), { fieldManager: "user" });
    store.putStatus(ref, { replicas: 1 });
    store.delete(ref);
    stop();
    applyObject(store, account(), { fieldManager: "user" });
    expect(seen).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  it.each(["../escape", "Upper", "a/b", "", "-dash"])("refuses the name %j", (name) => {
    expect(() =>
      applyObject(createTestStore(), account({}, name), { fieldManager: "user" }),
    ).toThrow(/invalid/);
  });
});
