import { z } from "zod";
import { Id, IdParams } from "./ids.ts";
import { defineRoute } from "./route.ts";

const mebibyte = 1024 * 1024;

/** The largest file of each kind that is stored, whichever way it comes. */
export const mediaKindMaxBytes = {
  image: 16 * mebibyte,
  audio: 16 * mebibyte,
  video: 64 * mebibyte,
  document: 64 * mebibyte,
} as const;

export const mediaMaxBytes = Math.max(...Object.values(mediaKindMaxBytes));

/** `image/jpeg; charset=binary` -> `image/jpeg`. */
export function baseContentType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** The limit in bytes for a file that is said to be of this type. */
export function mediaMaxBytesOf(contentType: string): number {
  const [family = ""] = baseContentType(contentType).split("/");
  return family === "image" || family === "audio" || family === "video"
    ? mediaKindMaxBytes[family]
    : mediaKindMaxBytes.document;
}

/** Accepted upload types; the bytes must agree with the name. */
export const mediaContentTypes = [
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/gif",
  "video/mp4",
  "audio/ogg",
  "audio/mpeg",
  "audio/mp4",
  "audio/aac",
  "audio/amr",
  "application/pdf",
  "application/zip",
  "application/msword",
  "application/vnd.ms-excel",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  "text/plain",
  "text/csv",
] as const;

export const Media = z.strictObject({
  id: Id,
  contentType: z.string(),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string(),
});
export type Media = z.infer<typeof Media>;

export const uploadMediaRoute = defineRoute({
  method: "POST",
  path: "/api/media",
  operationId: "uploadMedia",
  summary: "Store a file to send; the raw bytes are the body, Content-Type is the media type",
  tag: "media",
  auth: "tenant",
  scopes: ["messages:write"],
  rawBody: { contentTypes: mediaContentTypes, maxBytes: mediaMaxBytes },
  response: { status: 201, schema: Media },
  errors: [
    "VALIDATION_FAILED",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "UNSUPPORTED_MEDIA",
  ],
});

export const getMediaRoute = defineRoute({
  method: "GET",
  path: "/api/media/:id",
  operationId: "getMedia",
  summary: "Read the bytes of a stored file",
  tag: "media",
  auth: "tenant",
  scopes: ["messages:read"],
  params: IdParams,
  response: { status: 200, contentType: "application/octet-stream", description: "The bytes" },
  errors: ["VALIDATION_FAILED", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"],
});

export const mediaRoutes = [uploadMediaRoute, getMediaRoute] as const;
