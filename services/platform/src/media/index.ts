export * from "./media-store.ts";
export * from "./settings.ts";
export { createFileMediaStorage } from "./file-storage.ts";
export { openMediaStorage } from "./open-media-storage.ts";
export {
  contentTypeMatches,
  servedContentType,
  sniffContentType,
  trustedContentType,
} from "./content-type.ts";
export { imagePixels, imagePixelsMax } from "./image-size.ts";
