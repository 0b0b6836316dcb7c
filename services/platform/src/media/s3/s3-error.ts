import type { IncomingMessage } from "node:http";
import { MediaNotFoundError, MediaStorageError } from "../media-store.ts";

const answerBytesMax = 16 * 1024;

const hints: Record<string, string> = {
  NoSuchBucket: "the bucket does not exist",
  SignatureDoesNotMatch: "the server refused the secret key (MEDIA_S3_SECRET_ACCESS_KEY)",
  InvalidAccessKeyId: "the server does not know the access key (MEDIA_S3_ACCESS_KEY_ID)",
  AccessDenied: "the access key may not do this in the bucket",
  RequestTimeTooSkewed: "the clock of this machine and of the server differ too much",
  PermanentRedirect: "the bucket is in another region (MEDIA_S3_REGION)",
  AuthorizationHeaderMalformed: "the region or the access key is wrong (MEDIA_S3_REGION)",
};

const transientCodes = new Set([
  "SlowDown",
  "InternalError",
  "RequestTimeout",
  "ServiceUnavailable",
]);
/** Servers use 404 for unknown buckets and keys of access, too. */
const missingCodes = new Set([undefined, "NoSuchKey", "NotFound"]);
const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** What an answer that is no success means. Reads the answer to its end, within a limit. */
export async function s3Error(answer: IncomingMessage): Promise<Error> {
  const status = answer.statusCode ?? 0;
  const code = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(await textOf(answer))?.[1];
  if (status === 404 && missingCodes.has(code)) return new MediaNotFoundError();
  const known = code ?? `HTTP_${status}`;
  return new MediaStorageError(known, `the S3 server: ${hints[known] ?? known}`, {
    retryable: transientCodes.has(known) || transientStatuses.has(status),
  });
}

/** A connection that failed, as an error that carries no address and no header. */
export function connectionError(error: unknown): Error {
  if (error instanceof MediaStorageError || error instanceof MediaNotFoundError) return error;
  const given = error instanceof Error && "code" in error ? error.code : undefined;
  // An abort says so in its name only: its code is a number.
  const name = error instanceof Error ? error.name : "unknown";
  const code = typeof given === "string" ? given : name;
  return new MediaStorageError(code, `the S3 server cannot be reached: ${code}`, {
    retryable: true,
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      chunks.push(chunk);
      if (size > answerBytesMax) break;
    }
  } catch {
    // The status says enough.
  }
  return Buffer.concat(chunks).toString("latin1");
}
