import { describe, expect, it } from "vitest";
import { refOf } from "../../api/objects.ts";
import { refusal, type ContractKit } from "./contract-kit.ts";

export const statusAndFinalizers = (kit: () => ContractKit): void => {
  describe("status and finalizers", () => {
    it("replaces the whole status, leaves the rest and counts no generation", async () => {
      const { cluster, account, apply } = kit();
      const { metadata } = await apply(account());
      const ref = { kind: "WhatsAppAccount", namespace: metadata.namespace, name: metadata.name };
      await cluster.writeStatus(ref, { replicas: 1, readyReplicas: 1 }, metadata.resourceVersion);
      const written = await cluster.writeStatus(ref, { replicas: 2 });
      expect(written.status).toEqual({ replicas: 2 });
      expect(written.metadata.generation).toBe(1);
      const read = await cluster.get(ref);
      expect(read).toMatchObject({ status: { replicas: 2 }, spec: { displayName: "Sales" } });
      const again = await cluster.writeStatus(ref, { replicas: 2 });
      expect(again.metadata.resourceVersion).toBe(written.metadata.resourceVersion);
    });

    it("refuses a status that is based on an old version, invalid or of nothing", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      const first = await apply(object);
      const ref = refOf(object);
      await cluster.writeStatus(ref, { replicas: 1 });
      const stale = cluster.writeStatus(ref, { replicas: 2 }, first.metadata.resourceVersion);
      expect((await refusal(stale)).reason).toBe("Conflict");
      const invalid = cluster.writeStatus(ref, { replicas: "hunter2" });
      const error = await refusal(invalid);
      expect(error.reason).toBe("Invalid");
      expect(error.message).not.toContain("hunter2");
      const nothing = cluster.writeStatus({ ...ref, name: "nobody" }, { replicas: 1 });
      expect((await refusal(nothing)).reason).toBe("NotFound");
    });

    it("keeps a deleted object until its last finalizer is removed", async () => {
      const { cluster, account, apply, absent } = kit();
      const ref = refOf(await apply(account()));
      await cluster.setFinalizer(ref, "example.io/hold", true);
      await cluster.setFinalizer(ref, "example.io/hold", true);
      expect((await cluster.get(ref))?.metadata.finalizers).toEqual(["example.io/hold"]);
      expect(await cluster.delete(ref)).toBe(true);
      expect((await cluster.get(ref))?.metadata.deletionTimestamp).toBeDefined();
      await cluster.setFinalizer(ref, "example.io/hold", false);
      await absent(ref);
      const gone = cluster.setFinalizer(ref, "example.io/hold", false);
      expect((await refusal(gone)).reason).toBe("NotFound");
    });

    it("loses no finalizer when several are set at once", async () => {
      const { cluster, account, apply } = kit();
      const ref = refOf(await apply(account()));
      const names = ["a", "b", "c", "d"].map((name) => `example.io/${name}`);
      await Promise.all(names.map(async (name) => cluster.setFinalizer(ref, name, true)));
      expect((await cluster.get(ref))?.metadata.finalizers?.toSorted()).toEqual(names);
      await Promise.all(names.map(async (name) => cluster.setFinalizer(ref, name, false)));
      expect((await cluster.get(ref))?.metadata.finalizers ?? []).toEqual([]);
    });
  });
};
