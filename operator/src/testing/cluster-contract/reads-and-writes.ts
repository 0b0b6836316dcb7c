import { describe, expect, it } from "vitest";
import { refOf } from "../../api/objects.ts";
import { orgId } from "../fixtures.ts";
import type { ContractKit } from "./contract-kit.ts";

export const readsAndWrites = (kit: () => ContractKit): void => {
  describe("reading and writing", () => {
    it("answers undefined and an empty list for what is not there", async () => {
      const { cluster, namespace, account } = kit();
      expect(await cluster.get(refOf(account()))).toBeUndefined();
      const labelSelector = { nobody: "has-this" };
      expect(await cluster.list("WhatsAppAccount", { namespace, labelSelector })).toEqual([]);
    });

    it("creates with identity, defaults and the first generation, and reads it back at once", async () => {
      const { cluster, namespace, account, apply } = kit();
      const created = await apply(account());
      expect(created.spec).toMatchObject({ minReplicas: 1, paused: false });
      expect(created.metadata).toMatchObject({ generation: 1, uid: expect.any(String) as string });
      const read = await cluster.get(refOf(created));
      expect(read?.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
      expect(read).toMatchObject({ kind: "WhatsAppAccount", apiVersion: created.apiVersion });
      const listed = await cluster.list("WhatsAppAccount", { namespace });
      expect(listed.map(refOf)).toContainEqual(refOf(created));
    });

    it("sees its own changes at once, however many", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      for (let round = 1; round <= 10; round += 1) {
        await apply({ ...object, spec: { orgId, displayName: `Round ${round}` } });
        const read = await cluster.get(refOf(object));
        expect(read?.spec).toMatchObject({ displayName: `Round ${round}` });
        expect(read?.metadata.generation).toBe(round);
      }
    });

    it("writes nothing when nothing would change", async () => {
      const { account, apply } = kit();
      const object = account();
      const first = await apply(object);
      expect((await apply(object)).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    it("does not count labels as a new generation", async () => {
      const { account, apply } = kit();
      const object = account();
      await apply(object);
      object.metadata.labels = { team: "a" };
      const labelled = await apply(object);
      expect(labelled.metadata).toMatchObject({ generation: 1, labels: { team: "a" } });
    });

    it("hands out copies", async () => {
      const { cluster, namespace, account, apply } = kit();
      const ref = refOf(await apply(account()));
      const first = await cluster.get(ref);
      (first!.spec as Record<string, unknown>)["displayName"] = "Spoiled";
      const listed = await cluster.list("WhatsAppAccount", { namespace });
      for (const object of listed) object.metadata.labels = { spoiled: "yes" };
      const again = await cluster.get(ref);
      expect(again?.spec).toMatchObject({ displayName: "Sales" });
      expect(again?.metadata.labels).toBeUndefined();
    });

    it("lists by label and by owner", async () => {
      const { cluster, namespace, account, secret, apply } = kit();
      const owner = await apply(account());
      const { apiVersion, kind, metadata } = owner;
      const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid! };
      const owned = await apply(
        secret({ ownerReferences: [reference], labels: { instance: metadata.name } }),
      );
      await apply(secret({ labels: { instance: "other" } }));
      const names = async (options: object): Promise<string[]> =>
        (await cluster.list("Secret", { namespace, ...options })).map((each) => each.metadata.name);
      expect(await names({ ownerUid: metadata.uid })).toEqual([owned.metadata.name]);
      expect(await names({ labelSelector: { instance: metadata.name } })).toEqual([
        owned.metadata.name,
      ]);
      expect(await names({ ownerUid: metadata.uid, labelSelector: { instance: "other" } })).toEqual(
        [],
      );
    });

    it("knows which kinds it has", async () => {
      const { cluster } = kit();
      const served = await cluster.serves(["WhatsAppAccount", "Deployment", "ScaledObject", "Cat"]);
      expect([...served].sort()).toEqual(["Deployment", "WhatsAppAccount"]);
    });

    it("tries a dry run out and leaves everything as it is", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      const options = { fieldManager: "operator", dryRun: true };
      expect((await cluster.apply(object, options)).spec).toMatchObject({ maxReplicas: 1 });
      expect(await cluster.get(refOf(object))).toBeUndefined();
      const created = await apply(object);
      const changed = { ...object, spec: { orgId, displayName: "Tried" } };
      const tried = await cluster.apply(changed, options);
      expect(tried.spec).toMatchObject({ displayName: "Tried" });
      const read = await cluster.get(refOf(object));
      expect(read?.spec).toMatchObject({ displayName: "Sales" });
      expect(read?.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    });
  });
};
