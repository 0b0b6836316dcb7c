import { describe, expect, it } from "vitest";
import { refOf } from "../../api/objects.ts";
import { orgId } from "../fixtures.ts";
import { refusal, type ContractKit } from "./contract-kit.ts";

export const refusals = (kit: () => ContractKit): void => {
  describe("refusals", () => {
    it("refuses an invalid object, naming the field and not the value", async () => {
      const { cluster, account, apply } = kit();
      const object = account({ orgId: "hunter2" });
      const error = await refusal(apply(object));
      expect(error.reason).toBe("Invalid");
      expect(error.causes.map((cause) => cause.field)).toContain("spec.orgId");
      expect(`${error.message} ${JSON.stringify(error.causes)}`).not.toContain("hunter2");
      expect(await cluster.get(refOf(object))).toBeUndefined();
    });

    it("refuses what a rule of the kind refuses, with the rule's words", async () => {
      const { account, apply } = kit();
      const error = await refusal(apply(account({ minReplicas: 3, maxReplicas: 2 })));
      expect(error.reason).toBe("Invalid");
      expect(error.message).toMatch(/minReplicas/);
    });

    it("refuses an unknown field", async () => {
      const { account, apply } = kit();
      const error = await refusal(apply(account({ colour: "blue" })));
      expect(["Invalid", "BadRequest"]).toContain(error.reason);
      expect(error.message).toContain("colour");
    });

    it("refuses a write that is based on an old version", async () => {
      const { account, apply } = kit();
      const object = account();
      const first = await apply(object);
      await apply({ ...object, spec: { orgId, displayName: "Other" } });
      const stale = structuredClone(object);
      stale.metadata.resourceVersion = first.metadata.resourceVersion!;
      expect((await refusal(apply(stale))).reason).toBe("Conflict");
    });

    it.each(["../escape", "Upper", "a/b", "-dash", "a?b=c"])(
      "refuses the name %j",
      async (name) => {
        const { account, apply } = kit();
        expect(["Invalid", "BadRequest"]).toContain(
          (await refusal(apply(account({}, name)))).reason,
        );
      },
    );

    it.each(["ScaledObject", "Cat"])("says that it has no kind %s", async (kind) => {
      const { cluster, namespace } = kit();
      const object = { apiVersion: "keda.sh/v1alpha1", kind, metadata: { name: "a", namespace } };
      const refused = await refusal(cluster.apply(object, { fieldManager: "operator" }));
      expect(refused.reason).toBe("NotServed");
      expect(refused.message).toContain(kind);
    });
  });
};
