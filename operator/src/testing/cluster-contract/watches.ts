import { describe, expect, it } from "vitest";
import { refOf, type ObjectRef } from "../../api/objects.ts";
import type { WatchEvent } from "../../cluster/port.ts";
import { orgId } from "../fixtures.ts";
import { waitFor } from "../wait-for.ts";
import type { ContractKit } from "./contract-kit.ts";

export const watches = (kit: () => ContractKit): void => {
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
