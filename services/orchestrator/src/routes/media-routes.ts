import { getMediaRoute, uploadMediaRoute } from "@rarity/contracts/media";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import { servedContentType } from "@rarity/platform/media";
import type { StoredMedia } from "../domain/message-content.ts";
import { takeMedia, type TakeMediaDeps } from "../usecases/take-media.ts";
import { callerOf } from "./caller-of.ts";
import { toMediaError } from "./media-error.ts";

export interface MediaRouteDeps extends TakeMediaDeps {
  readonly find: (orgId: string, id: string) => Promise<StoredMedia | undefined>;
}

/** Anybody could have sent it: a browser must neither guess its type nor run it nor lend it out. */
const harmless = {
  "content-disposition": "attachment",
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "same-site",
  "cache-control": "private, max-age=3600",
};

export function mediaRoutes(deps: MediaRouteDeps): Registration[] {
  return [
    handle(uploadMediaRoute, async ({ auth, body, headers }) => {
      const { orgId, userId } = callerOf(auth);
      const claimedType = headers["content-type"]?.toString() ?? "";
      try {
        return await takeMedia(deps, { orgId, userId, claimedType, bytes: body });
      } catch (error) {
        throw toMediaError(error);
      }
    }),
    handle(getMediaRoute, async ({ auth, params, reply }) => {
      const { orgId } = callerOf(auth);
      const media = await deps.find(orgId, params.id);
      if (media === undefined) throw new AppError("NOT_FOUND", "There is no such media");
      const stored = await deps
        .storeOf(orgId)
        .stream(media.storageKey)
        .catch((error: unknown) => {
          throw toMediaError(error);
        });
      void reply
        .type(servedContentType(media.contentType))
        .headers(harmless)
        .header("content-length", stored.sizeBytes)
        .header("etag", `"${media.sha256}"`);
      return stored.body;
    }),
  ];
}
