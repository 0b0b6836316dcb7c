import { baseContentType, mediaMaxBytesOf, type Media } from "@rarity/contracts/media";
import { AppError } from "@rarity/platform/errors";
import {
  contentTypeMatches,
  imagePixels,
  imagePixelsMax,
  type IncomingMedia,
  type MediaStore,
} from "@rarity/platform/media";

export interface TakeMediaDeps {
  readonly newId: () => string;
  readonly storeOf: (orgId: string) => MediaStore;
  readonly insert: (
    orgId: string,
    media: Media & { storageKey: string; createdBy: string },
  ) => Promise<void>;
}

export interface Upload {
  readonly orgId: string;
  readonly userId: string;
  readonly claimedType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Stores what arrives if it is what it claims to be. Bytes first, row second: a row never names missing bytes. */
export async function takeMedia(deps: TakeMediaDeps, upload: Upload): Promise<Media> {
  const { orgId, userId, bytes } = upload;
  const contentType = baseContentType(upload.claimedType);
  const limits = { maxBytes: mediaMaxBytesOf(contentType) };
  const incoming = await deps.storeOf(orgId).receive(bytes, limits);
  try {
    refuse(incoming, contentType);
    const { storageKey, sizeBytes, sha256 } = await incoming.keep(contentType);
    const media = { id: deps.newId(), contentType, sizeBytes, sha256 };
    await deps.insert(orgId, { ...media, storageKey, createdBy: userId });
    return media;
  } finally {
    await incoming.discard();
  }
}

function refuse({ sizeBytes, head }: IncomingMedia, contentType: string): void {
  if (sizeBytes === 0) throw new AppError("VALIDATION_FAILED", "The body is empty");
  if (!contentTypeMatches(contentType, head)) {
    throw new AppError("UNSUPPORTED_MEDIA", `The bytes are not ${contentType}`);
  }
  if ((imagePixels(contentType, head) ?? 0) > imagePixelsMax) {
    throw new AppError("UNSUPPORTED_MEDIA", `An image may have ${imagePixelsMax} pixels at most`);
  }
}
