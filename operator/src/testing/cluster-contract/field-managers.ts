import { describe, expect, it } from "vitest";
import { refusal, type ContractKit } from "./contract-kit.ts";

export const fieldManagers = (kit: () => ContractKit): void => {
  describe("field managers", () => {
    it("removes what its manager no longer sends and keeps what another one set", async () => {
      const { account, apply } = kit();
      const object = account({ phone: "+4915112345678" });
      const { name } = object.metadata;
      await apply(object, "user");
      await apply({ ...account({}, name), spec: { paused: true } }, "accounts");
      const applied = await apply(account({}, name), "user");
      expect(applied.spec).not.toHaveProperty("phone");
      expect(applied.spec).toMatchObject({ paused: true });
    });

    it("refuses to take another manager's field without force, and names it", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      await apply(object, "user");
      const wanted = { ...object, spec: { displayName: "Mine" } };
      const error = await refusal(
        cluster.apply(wanted, { fieldManager: "accounts", force: false }),
      );
      expect(error.reason).toBe("Conflict");
      expect(error.causes).toEqual([
        { field: ".spec.displayName", message: expect.stringContaining('"user"') as string },
      ]);
      expect(error.message).not.toContain("Mine");
    });

    it("takes it with force, and for good", async () => {
      const { account, apply } = kit();
      const object = account({ phone: "+4915112345678" });
      const { name } = object.metadata;
      await apply(object, "user");
      const wanted = { ...object, spec: { phone: "+4915187654321" } };
      expect((await apply(wanted, "accounts")).spec).toMatchObject(wanted.spec);
      // The first manager has lost the field: leaving it out does not remove it.
      expect((await apply(account({}, name), "user")).spec).toMatchObject(wanted.spec);
    });

    it("shares a field that both set to the same value", async () => {
      const { cluster, account, apply } = kit();
      const object = account();
      await apply(object, "user");
      const same = { ...object, spec: { displayName: "Sales" } };
      const options = { fieldManager: "accounts", force: false };
      expect((await cluster.apply(same, options)).spec).toMatchObject({ displayName: "Sales" });
    });
  });
};
