import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject, ObjectRef } from "../api/objects.ts";
import { refOf } from "../api/objects.ts";
import { ClusterError } from "../cluster/errors.ts";
import type { Cluster, WatchEvent } from "../cluster/port.ts";
import { orgId } from "./fixtures.ts";
import { waitFor } from "./wait-for.ts";

export interface ContractWorld {
  cluster: Cluster;
  /** A namespace the suite has to itself. */
  namespace: string;
  close(): Promise<void>;
}

/** What every adapter of the Cluster port keeps; run on each of them, so that they stay one thing. */
export const describeClusterContract = (
  adapter: string,
  open: () => Promise<ContractWorld>,
): void => {
  describe(`the cluster port on ${adapter}`, () => {
    let world: ContractWorld;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(async () => world.close());
    const kit = (): ContractKit => createKit(world);
    readsAndWrites(kit);
    fieldManagers(kit);
    refusals(kit);
    statusAndFinalizers(kit);
    deletions(kit);
    watches(kit);
  });
};

interface ContractKit {
  cluster: Cluster;
  namespace: string;
  account(spec?: Record<string, unknown>, name?: string): KubeObject;
  secret(parts?: Partial<KubeObject["metadata"]>): KubeObject;
  apply(object: KubeObject, manager?: string): Promise<KubeObject>;
  absent(ref: ObjectRef): Promise<unknown>;
}

const createKit = ({ cluster, namespace }: ContractWorld): ContractKit => {
  const fresh = (prefix: string): string => `${prefix}-${randomBytes(4).toString("hex")}`;
  return {
    cluster,
    namespace,
    account: (spec = {}, name = fresh("account")) => ({
      apiVersion: "rarityleads.io/v1alpha1",
      kind: "WhatsAppAccount",
      metadata: { name, namespace },
      spec: { orgId, displayName: "Sales", ...spec },
    }),
    secret: (parts = {}) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: fresh("secret"), namespace, ...parts },
      data: { key: "dmFsdWU=" },
    }),
    apply: async (object, fieldManager = "operator") => cluster.apply(object, { fieldManager }),
    absent: async (ref) =>
      waitFor(async () => (await cluster.get(ref)) === undefined || undefined, {
        timeoutMs: 60_000,
      }),
  };
};

const refusal = async (attempt: Promise<unknown>): Promise<ClusterError> => {
  const error = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof ClusterError) return error;
  throw new Error("not refused with a ClusterError", { cause: error });
};

const readsAndWrites = (kit: () => ContractKit): void => {
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

const fieldManagers = (kit: () => ContractKit): void => {
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

const refusals = (kit: () => ContractKit): void => {
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

const statusAndFinalizers = (kit: () => ContractKit): void => {
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

const deletions = (kit: () => ContractKit): void => {
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

const watches = (kit: () => ContractKit): void => {
  describe("watching", () => {
    const collect = (world: ContractKit, kinds: string[]) => {
      const events: WatchEvent[] = [];
      const stop = world.cluster.watch(kinds, (event) => events.push(event));
      const of = ({ name }: ObjectRef): WatchEvent[] =>
        events.filter(({ object }) => object.metadata.name === name);
      return { stop, of };
    };

    it("tells each version of an object once, in order, until it is stopped", async () => {
      const world = kit();
      const { cluster, account, secret, apply } = world;
      await cluster.list("WhatsAppAccount");
      const watch = collect(world, ["WhatsAppAccount"]);
      const object = account();
      const ref = refOf(object);
      const other = secret();
      await apply(object);
      await apply(other);
      await cluster.writeStatus(ref, { replicas: 1 });
      await apply({ ...object, spec: { orgId, displayName: "Other" } });
      await cluster.delete(ref);
      await waitFor(() => watch.of(ref).some(({ type }) => type === "DELETED"));
      expect(watch.of(ref).map(({ type }) => type)).toEqual([
        "ADDED",
        "MODIFIED",
        "MODIFIED",
        "DELETED",
      ]);
      const told = watch.of(ref).filter(({ type }) => type !== "DELETED");
      const versions = told.map((event) => event.object.metadata.resourceVersion);
      expect(new Set(versions).size).toBe(versions.length);
      expect(watch.of(refOf(other))).toEqual([]);
      watch.stop();
      const later = account();
      await apply(later);
      await cluster.list("WhatsAppAccount");
      expect(watch.of(refOf(later))).toEqual([]);
    });

    it("tells several watchers, and one that fails does not stop the others", async () => {
      const world = kit();
      const { cluster, account, apply } = world;
      const bad = cluster.watch(["WhatsAppAccount"], () => {
        throw new Error("a careless watcher");
      });
      const good = collect(world, ["WhatsAppAccount", "Secret"]);
      const object = await apply(account());
      await waitFor(() => good.of(refOf(object)).length === 1);
      bad();
      good.stop();
    });
  });
};
