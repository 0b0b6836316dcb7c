import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SealBrokenError } from "../../domain/seal.ts";
import { createSealedKeyStore } from "./sealed-key-store.ts";
import type { SealedRow, SessionRows } from "./session-rows.ts";

function memoryRows() {
  const stored = new Map<string, SealedRow>();
  const gate = { hold: Promise.resolve() as Promise<unknown>, commits: 0 };
  const name = (category: string, id: string) => `${category}/${id}`;
  const rows: SessionRows = {
    loadCreds: () => Promise.resolve(undefined),
    saveCreds: () => Promise.resolve(),
    clear: () => Promise.resolve(),
    expire: () => Promise.resolve(),
    list: (category) =>
      Promise.resolve([...stored.values()].filter((row) => row.category === category)),
    read: (category, ids) =>
      Promise.resolve(ids.flatMap((id) => stored.get(name(category, id)) ?? [])),
    async write(upserts, deletes) {
      await gate.hold;
      gate.commits += 1;
      for (const row of upserts) stored.set(name(row.category, row.id), row);
      for (const row of deletes) stored.delete(name(row.category, row.id));
    },
  };
  return { stored, gate, rows };
}

const dataKey = randomBytes(32);
const open = (rows: SessionRows) =>
  createSealedKeyStore({ rows, dataKey, orgId: "o", accountId: "a", cacheEntriesMax: 100 });

describe("sealed key store", () => {
  it("shows a value only after its commit", async () => {
    const memory = memoryRows();
    const store = open(memory.rows);
    const held = Promise.withResolvers<undefined>();
    await store.set({ session: { x: Buffer.from("old") } });
    memory.gate.hold = held.promise;
    const writing = store.set({ session: { x: Buffer.from("new") } });
    expect(await store.get("session", ["x"])).toEqual({ x: Buffer.from("old") });
    held.resolve(undefined);
    await writing;
    expect(await store.get("session", ["x"])).toEqual({ x: Buffer.from("new") });
  });

  it("shares a commit among what arrives while one is running", async () => {
    const memory = memoryRows();
    const store = open(memory.rows);
    const ids = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => store.set({ session: { [id]: Buffer.from(id) } })));
    expect(memory.gate.commits).toBeLessThanOrEqual(2);
    expect(Object.keys(await store.get("session", ids))).toHaveLength(50);
  });

  it("refuses a row that was moved to another name", async () => {
    const memory = memoryRows();
    await open(memory.rows).set({ session: { x: Buffer.from("mine") } });
    const row = memory.stored.get("session/x");
    memory.stored.set("session/y", { category: "session", id: "y", sealed: row!.sealed });
    await expect(open(memory.rows).get("session", ["y"])).rejects.toThrow(SealBrokenError);
  });

  it("keeps the old value when a commit fails", async () => {
    const memory = memoryRows();
    const store = open(memory.rows);
    await store.set({ session: { x: Buffer.from("old") } });
    const failing = Promise.reject(new Error("down"));
    failing.catch(() => undefined);
    memory.gate.hold = failing;
    await expect(store.set({ session: { x: Buffer.from("new") } })).rejects.toThrow("down");
    expect(await store.get("session", ["x"])).toEqual({ x: Buffer.from("old") });
  });
});
