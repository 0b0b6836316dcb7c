import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { MediaNotFoundError, MediaStorageError } from "../media-store.ts";
import type { MediaStorage } from "../media-store.ts";
import type { S3Location } from "../settings.ts";
import { createSpool } from "../spool.ts";
import { createTenantStore } from "../tenant-store.ts";
import type { MediaBackend } from "../tenant-store.ts";
import { withRetry } from "./retry.ts";
import type { RetryPolicy } from "./retry.ts";
import { createS3Client } from "./s3-client.ts";
import type { S3Client } from "./s3-client.ts";

/** Media as objects of a bucket: AWS, Supabase Storage, or any other server that speaks S3. */
export function createS3MediaStorage(location: S3Location, retry?: RetryPolicy): MediaStorage {
  const client = createS3Client(location);
  const incoming = path.join(tmpdir(), `rarity-media-${randomUUID()}`);
  const spool = createSpool(incoming);
  const backend = createS3Backend(client, location.prefix, retry);
  return {
    forTenant: (orgId) => createTenantStore(orgId, spool, backend),
    close: async () => {
      client.close();
      await rm(incoming, { recursive: true, force: true });
    },
  };
}

function createS3Backend(client: S3Client, prefix: string, retry?: RetryPolicy): MediaBackend {
  return {
    put: (storageKey, file, contentType) =>
      withRetry(async () => {
        const { sizeBytes, sha256 } = file;
        const open = () => createReadStream(file.path);
        const body = { open, sizeBytes, sha256, contentType };
        const answer = await client.call({ method: "PUT", key: prefix + storageKey, body });
        answer.resume();
      }, retry),
    get: (storageKey) =>
      withRetry(async () => {
        const answer = await client.call({ method: "GET", key: prefix + storageKey });
        const sizeBytes = Number(answer.headers["content-length"]);
        if (Number.isSafeInteger(sizeBytes)) return { body: answer, sizeBytes };
        answer.destroy();
        throw new MediaStorageError("NoLength", "the S3 server names no length", {
          retryable: false,
        });
      }, retry),
    remove: (storageKey) =>
      withRetry(async () => {
        const answer = await client.call({ method: "DELETE", key: prefix + storageKey });
        answer.resume();
      }, retry).catch((error: unknown) => {
        if (!(error instanceof MediaNotFoundError)) throw error;
      }),
  };
}
