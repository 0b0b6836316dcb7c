import { randomFillSync } from "node:crypto";

const poolBytes = 8192;

/** Random bytes as hex, fetched from the system in stock: a call for each message was a tenth of its accept. */
export function createRandomHex(): (bytes: number) => string {
  const pool = Buffer.allocUnsafe(poolBytes);
  let at = poolBytes;
  return (bytes) => {
    if (at + bytes > poolBytes) {
      randomFillSync(pool);
      at = 0;
    }
    at += bytes;
    return pool.toString("hex", at - bytes, at);
  };
}
