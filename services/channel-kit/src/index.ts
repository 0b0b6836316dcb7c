export * from "./driver.ts";
export * from "./media/media-store.ts";
export * from "./null-driver.ts";
export * from "./media/file-media-store.ts";
