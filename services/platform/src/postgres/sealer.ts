import { createHmac } from "node:crypto";

export interface TenantSealer {
  seal(orgId: string): string;
}

/** Seals remembered: a busy service needs the same few for every call. */
const knownMax = 10_000;

/** Seals a tenant id so that the database accepts it from us and from nobody who only has SQL. */
export function createTenantSealer(hexKey: string): TenantSealer {
  const key = Buffer.from(hexKey, "hex");
  if (key.length < 16) throw new Error("the tenant seal key must be at least 16 bytes in hex");
  const known = new Map<string, string>();
  const makeSeal = (id: string): string =>
    `${id}.${createHmac("sha256", key).update(id).digest("hex")}`;
  return {
    seal: (orgId) => {
      const id = orgId.toLowerCase();
      const seal = known.get(id) ?? makeSeal(id);
      if (known.size >= knownMax) known.clear();
      known.set(id, seal);
      return seal;
    },
  };
}
