import type { SealedCreds, SealedRow, SessionRows } from "../../src/adapters/store/session-rows.ts";

export type MemoryRows = SessionRows & {
  count(category: string): number;
  /** What the database would hold: nothing here may be readable. */
  bytes(): Buffer;
};

export function createMemoryRows(): MemoryRows {
  const rows = new Map<string, SealedRow>();
  let creds: SealedCreds | undefined;
  const nameOf = (category: string, id: string): string => `${category}\n${id}`;
  const inCategory = (category: string): SealedRow[] =>
    [...rows.values()].filter((row) => row.category === category);
  return {
    loadCreds: () => Promise.resolve(creds),
    saveCreds: (given) => {
      creds = given;
      return Promise.resolve();
    },
    read: (category, ids) =>
      Promise.resolve(inCategory(category).filter((row) => ids.includes(row.id))),
    list: (category, max) => Promise.resolve(inCategory(category).slice(0, max)),
    write: (upserts, deletes) => {
      for (const row of upserts) rows.set(nameOf(row.category, row.id), row);
      for (const { category, id } of deletes) rows.delete(nameOf(category, id));
      return Promise.resolve();
    },
    clear: () => {
      rows.clear();
      creds = undefined;
      return Promise.resolve();
    },
    expire: () => Promise.resolve(),
    count: (category) => inCategory(category).length,
    bytes: () =>
      Buffer.concat([...[...rows.values()].map((row) => row.sealed), creds?.sealed ?? Buffer.of()]),
  };
}
