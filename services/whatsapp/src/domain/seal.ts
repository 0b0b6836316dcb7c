import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * AES-256-GCM with everything that says where a value belongs as additional data: a row that was
 * changed, or moved to another row, purpose, account or organization, does not open.
 */
export type SealContext = { orgId: string; accountId: string; purpose: string; row: string };

const formatByte = 1;
const ivBytes = 12;
const tagBytes = 16;

export class SealBrokenError extends Error {
  constructor(purpose: string, options?: ErrorOptions) {
    super(`a sealed ${purpose} row was changed, moved, or sealed with another key`, options);
    this.name = "SealBrokenError";
  }
}

export function seal(key: Buffer, context: SealContext, plain: Uint8Array): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(additionalData(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from([formatByte]), iv, body, cipher.getAuthTag()]);
}

export function open(key: Buffer, context: SealContext, sealed: Buffer): Buffer {
  if (sealed.length < 1 + ivBytes + tagBytes || sealed[0] !== formatByte) {
    throw new SealBrokenError(context.purpose);
  }
  const iv = sealed.subarray(1, 1 + ivBytes);
  const tag = sealed.subarray(sealed.length - tagBytes);
  const body = sealed.subarray(1 + ivBytes, sealed.length - tagBytes);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
    decipher.setAAD(additionalData(context));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (error) {
    throw new SealBrokenError(context.purpose, { cause: error });
  }
}

/** Length-prefixed, so that no two different contexts have the same bytes. */
function additionalData(context: SealContext): Buffer {
  const parts = [
    "rarity-session-1",
    context.orgId,
    context.accountId,
    context.purpose,
    context.row,
  ];
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
