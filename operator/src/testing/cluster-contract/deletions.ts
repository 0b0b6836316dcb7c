import { describe, expect, it } from "vitest";
import { refOf } from "../../api/objects.ts";
import { orgId } from "../fixtures.ts";
import { waitFor } from "../wait-for.ts";
import { refusal, type ContractKit } from "./contract-kit.ts";

export const deletions = (kit: () => ContractKit): void => {
  describe("deletion", () => {
    it("is seen at once, and is false for what is not there", async () => {
      const { cluster, account, apply } = kit();
      const ref = refOf(await apply(account()));
      expect(await cluster.delete(ref)).toBe(true);
      expect(await cluster.get(ref)).toBeUndefined();
      expect(await cluster.delete(ref)).toBe(false);
    });

    it("makes room for another object of the name", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      const first = await apply(object);
      await cluster.delete(refOf(object));
      const second = await apply(object);
      expect(second.metadata.uid).not.toBe(first.metadata.uid);
      expect((await cluster.get(refOf(object)))?.metadata.uid).toBe(second.metadata.uid);
    });

    it("spares another object of the name, and one that has changed", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      const first = await apply(object);
      const ref = refOf(object);
      const other = cluster.delete(ref, { uid: "00000000-0000-4000-8000-000000000000" });
      expect((await refusal(other)).reason).toBe("Conflict");
      await apply({ ...object, spec: { orgId, displayName: "Other" } });
      const { resourceVersion, uid } = first.metadata;
      const stale = cluster.delete(ref, { resourceVersion: resourceVersion! });
      expect((await refusal(stale)).reason).toBe("Conflict");
      expect(await cluster.delete(ref, { uid: uid! })).toBe(true);
    });

    it.each(["Background", "Foreground"] as const)(
      "takes along what the object owned (%s)",
      async (propagation) => {
        const { cluster, account, secret, apply, absent } = kit();
        const { apiVersion, kind, metadata } = await apply(account());
        const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid! };
        const owned = await apply(
          secret({ ownerReferences: [{ ...owner, blockOwnerDeletion: true }] }),
        );
        const free = await apply(secret());
        await cluster.delete({ ...refOf(owned), kind, name: metadata.name }, { propagation });
        await absent(refOf(owned));
        await absent({ ...refOf(owned), kind, name: metadata.name });
        expect(await cluster.get(refOf(free))).toBeDefined();
      },
    );

    it("leaves what the object owned when it is asked to", async () => {
      const { cluster, account, secret, apply, absent } = kit();
      const { apiVersion, kind, metadata } = await apply(account());
      const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid! };
      const owned = await apply(secret({ ownerReferences: [owner] }));
      const ref = { kind, namespace: metadata.namespace, name: metadata.name };
      await cluster.delete(ref, { propagation: "Orphan" });
      await absent(ref);
      const left = await waitFor(async () => {
        const object = await cluster.get(refOf(owned));
        return object?.metadata.ownerReferences?.length ? undefined : object;
      });
      expect(left.metadata.uid).toBe(owned.metadata.uid);
    });
  });
};
