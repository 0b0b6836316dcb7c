import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const FILES = [
  { url: "/", file: "index.html", type: "text/html; charset=utf-8" },
  { url: "/page.js", file: "page.js", type: "text/javascript; charset=utf-8" },
  { url: "/page.css", file: "page.css", type: "text/css; charset=utf-8" },
];

/** The page for people. The policy lets nothing in but the page's own files. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";

export function registerPage(app: FastifyInstance): void {
  for (const { url, file, type } of FILES) {
    const content = readFileSync(new URL(`../page/${file}`, import.meta.url));
    app.get(url, (_request, reply) =>
      reply
        .header("content-type", type)
        .header("content-security-policy", POLICY)
        .header("cache-control", "no-cache")
        .send(content),
    );
  }
}
