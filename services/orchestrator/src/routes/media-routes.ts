import type { Readable } from "node:stream";
import { getMediaRoute, uploadMediaRoute, type Media } from "@rarity/contracts/media";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import { sha256Hex } from "../domain/content-hash.ts";
import { baseContentType, contentTypeMatches } from "../domain/media-kind.ts";
import type { StoredMedia } from "../domain/message-content.ts";
import { callerOf } from "./caller-of.ts";

export interface MediaRouteDeps {
  readonly newId: () => string;
  readonly writeBytes: (key: string, bytes: Uint8Array) => Promise<void>;
  readonly readBytes: (key: string) => Readable;
  readonly insert: (
    orgId: string,
    media: Media & { storageKey: string; createdBy: string },
  ) => Promise<void>;
  readonly find: (orgId: string, id: string) => Promise<StoredMedia | undefined>;
}

export function mediaRoutes(deps: MediaRouteDeps): Registration[] {
  return [
    handle(uploadMediaRoute, async ({ auth, body, headers }) => {
      const { orgId, userId } = callerOf(auth);
      const claimed = baseContentType(headers["content-type"]?.toString() ?? "");
      if (body.length === 0) throw new AppError("VALIDATION_FAILED", "The body is empty");
      if (!contentTypeMatches(claimed, body)) {
        throw new AppError("UNSUPPORTED_MEDIA", `The bytes are not ${claimed}`);
      }
      const sha256 = sha256Hex(body);
      const media = { id: deps.newId(), contentType: claimed, sizeBytes: body.length, sha256 };
      // Named by tenant and content: bytes first, row second, so a row never names missing bytes.
      const storageKey = `${orgId}/${sha256}`;
      await deps.writeBytes(storageKey, body);
      await deps.insert(orgId, { ...media, storageKey, createdBy: userId });
      return media;
    }),
    handle(getMediaRoute, async ({ auth, params, reply }) => {
      const media = await deps.find(callerOf(auth).orgId, params.id);
      if (media === undefined) throw new AppError("NOT_FOUND", "There is no such media");
      // Anybody could have uploaded it: a browser must neither guess its type nor run it.
      void reply
        .type(media.contentType)
        .header("content-length", media.sizeBytes)
        .header("content-disposition", "attachment")
        .header("x-content-type-options", "nosniff")
        .header("content-security-policy", "sandbox; default-src 'none'")
        .header("etag", `"${media.sha256}"`);
      return deps.readBytes(media.storageKey);
    }),
  ];
}
