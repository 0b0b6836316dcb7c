import { createHmac } from "node:crypto";

export interface TenantSealer {
  seal(orgId: string): string;
}

/** Seals a tenant id so that the database accepts it from us and from nobody who only has SQL. */
export function createTenantSealer(hexKey: string): TenantSealer {
  const key = Buffer.from(hexKey, "hex");
  if (key.length < 16) throw new Error("the tenant seal key must be at least 16 bytes in hex");
  return {
    seal: (orgId) => {
      const id = orgId.toLowerCase();
      return `${id}.${createHmac("sha256", key).update(id).digest("hex")}`;
    },
  };
}
