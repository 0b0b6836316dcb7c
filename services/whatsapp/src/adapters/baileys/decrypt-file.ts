import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";

export type FileKeys = { iv: Uint8Array; cipherKey: Uint8Array; macKey: Uint8Array };

/** The sender's file is not what the message promised: asking again would bring the same. */
export class FileRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FileRefusedError";
  }
}

const macBytes = 10;

/** Ciphertext and a short MAC in, plain bytes out, chunk by chunk. Throws at the end on a wrong MAC. */
export async function* decryptFile(
  source: AsyncIterable<Uint8Array>,
  { iv, cipherKey, macKey }: FileKeys,
): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv);
  const mac = createHmac("sha256", macKey).update(iv);
  // The last ten bytes are not ciphertext, and nobody says in advance which those are.
  let held = Buffer.alloc(0);
  for await (const chunk of source) {
    const all = Buffer.concat([held, chunk]);
    const body = all.subarray(0, Math.max(0, all.length - macBytes));
    held = Buffer.from(all.subarray(body.length));
    if (body.length === 0) continue;
    mac.update(body);
    yield decipher.update(body);
  }
  const expected = mac.digest().subarray(0, macBytes);
  if (held.length !== macBytes || !timingSafeEqual(held, expected)) {
    throw new FileRefusedError("the file does not fit its key");
  }
  yield lastBlock(decipher);
}

function lastBlock(decipher: { final(): Buffer }): Buffer {
  try {
    return decipher.final();
  } catch {
    throw new FileRefusedError("the file is cut off");
  }
}
