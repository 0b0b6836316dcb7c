import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { defineRoute } from "@rarity/contracts/route";
import { handle, type Registration } from "@rarity/platform/http";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The policy lets nothing in but the page's own files, and pictures it made itself for a preview. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page for people: every file of the folder, read once. */
export function pageRoutes(): Registration[] {
  const folder = new URL("../page/", import.meta.url);
  return readdirSync(folder).flatMap((name) => {
    const type = types[extname(name)];
    return type === undefined ? [] : [fileRoute(name, type, readFileSync(new URL(name, folder)))];
  });
}

function fileRoute(name: string, type: string, content: Buffer): Registration {
  const route = defineRoute({
    method: "GET",
    path: name === "index.html" ? "/" : `/page/${name}`,
    operationId: `page_${name}`,
    summary: "A file of the page",
    tag: "page",
    auth: "none",
    response: { status: 200, contentType: type },
    errors: [],
  });
  return handle(route, ({ reply }) => {
    void reply
      .type(type)
      .header("content-security-policy", policy)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .header("cache-control", "no-cache");
    return Promise.resolve(content);
  });
}
