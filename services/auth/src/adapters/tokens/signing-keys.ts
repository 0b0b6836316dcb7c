import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { z } from "zod";

const PrivateKey = z.looseObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
});
/** The first key signs; the others are only published until the last token they signed has expired. */
const KeyFile = z.strictObject({ keys: z.array(PrivateKey).min(1) });

export type SigningKey = z.infer<typeof PrivateKey>;

/** Reads the signing keys, and makes the first one where there is none. */
export async function loadSigningKeys(path: string): Promise<SigningKey[]> {
  const present = await readKeys(path);
  if (present) return present;
  await createKeyFile(path);
  const created = await readKeys(path);
  if (!created) throw new Error("the signing key file cannot be read back");
  return created;
}

async function readKeys(path: string): Promise<SigningKey[] | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = KeyFile.safeParse(parseJson(text));
  // The parser's own message would repeat values of the file.
  if (!parsed.success) throw new Error("the signing key file is not a list of private P-256 keys");
  return parsed.data.keys;
}

/** Written beside and linked into place, so that two processes that start together end with one key. */
async function createKeyFile(path: string): Promise<void> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk: JWK = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify({ keys: [{ ...jwk, kid, alg: "ES256", use: "sig" }] }), {
    mode: 0o600,
    flush: true,
  });
  try {
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  } finally {
    await unlink(draft);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
