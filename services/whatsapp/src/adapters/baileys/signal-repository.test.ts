import { expect, test } from "vitest";
import type { SealedKeyStore } from "../store/sealed-key-store.ts";
import { asLibraryStore } from "./signal-repository.ts";

const away = new Error("the database is away");
const failing: SealedKeyStore = {
  get: () => Promise.reject(away),
  set: () => Promise.reject(away),
  list: () => Promise.reject(away),
  expire: () => Promise.reject(away),
  forget: () => undefined,
  idle: () => Promise.resolve(),
};

test("a failed read ends the connection: the library would take it for a missing session", async () => {
  const lost: Error[] = [];
  const store = asLibraryStore({ keys: failing, onKeysLost: (error) => lost.push(error) });
  await expect(store.get("session", ["1.0"])).rejects.toThrow(away);
  expect(lost).toEqual([away]);
});

test("a failed commit is the library's to repeat first", async () => {
  const lost: Error[] = [];
  const store = asLibraryStore({ keys: failing, onKeysLost: (error) => lost.push(error) });
  await expect(store.set({ session: { "1.0": new Uint8Array(1) } })).rejects.toThrow(
    "Signal keys could not be committed",
  );
  expect(lost).toEqual([]);
});
