import { createHash, randomBytes } from "node:crypto";

/** `rlk_` opens the API, `rlr_` renews a session. The prefix lets secret scanners recognise a leak. */
export type SecretTokenPrefix = "rlk_" | "rlr_";

export interface SecretToken {
  /** Shown to the caller once. */
  readonly token: string;
  /** The only form that is stored. */
  readonly hash: Buffer;
  /** Enough to recognise a token in a list, far too little to guess it: 24 of its 256 bits. */
  readonly hint: string;
}

const secretBytes = 32;
const hintLength = 4;
/** Length of an API key's hint, by which it is looked up: the prefix and four characters. */
export const apiKeyHintLength = "rlk_".length + hintLength;

export function newSecretToken(
  prefix: SecretTokenPrefix,
  random: (size: number) => Buffer = randomBytes,
): SecretToken {
  const token = prefix + random(secretBytes).toString("base64url");
  return { token, hash: hashSecretToken(token), hint: token.slice(0, prefix.length + hintLength) };
}

/** A fast hash is right here: 256 random bits cannot be searched, unlike a password. */
export function hashSecretToken(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}

/** Whether a text could be such a token at all, so that nonsense never reaches the database. */
export function looksLikeSecretToken(prefix: SecretTokenPrefix, text: string): boolean {
  return text.startsWith(prefix) && /^[\w-]{43}$/.test(text.slice(prefix.length));
}
