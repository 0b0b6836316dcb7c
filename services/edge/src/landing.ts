import { createHash } from "node:crypto";

export interface LandingLink {
  readonly label: string;
  readonly href: string;
  readonly note: string;
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;" +
  "color:#1c1917;background:#fafaf9}h1{font-size:1.4rem}h2{font-size:1rem}li{margin:.4rem 0}code{background:#e7e5e4;" +
  "padding:.1rem .3rem;border-radius:.2rem}@media(prefers-color-scheme:dark){body{color:#e7e5e4;" +
  "background:#1c1917}code{background:#44403c}a{color:#93c5fd}}";

const styleHash = createHash("sha256").update(style).digest("base64");

/** Only this page's own style runs; there is no script on it. */
export const landingPolicy =
  `default-src 'none'; style-src 'sha256-${styleHash}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page at `/`: what this origin is, and where things are on it. */
export function landingPage(links: readonly LandingLink[]): string {
  const items = links.map(
    ({ label, href, note }) =>
      `<li><a href="${escapeHtml(href)}">${escapeHtml(label)}</a> <code>${escapeHtml(href)}</code><br>${escapeHtml(note)}</li>`,
  );
  const calls = apiCalls.map(
    ([call, note]) => `<li><code>${escapeHtml(call)}</code> ${escapeHtml(note)}</li>`,
  );
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>Rarity Leads</title><style>${style}</style></head>` +
    "<body><main><h1>Rarity Leads</h1><p>This address serves the API. A dashboard is not part of this " +
    `version.</p><h2>To open</h2><ul>${items.join("")}</ul>` +
    "<h2>To call</h2><p>The first one answers an <code>accessToken</code>; the others take it as " +
    `<code>Authorization: Bearer &lt;token&gt;</code>.</p><ul>${calls.join("")}</ul></main></body></html>`
  );
}

/** What a browser can open without a token; the sandbox's page when there is one. */
export function landingLinks(sandboxUrl: string | undefined): LandingLink[] {
  const sandbox = {
    label: "Sandbox phones",
    href: sandboxUrl ?? "",
    note: "Emulated phones: pair an account, write and answer as the other person",
  };
  return [
    ...(sandboxUrl === undefined ? [] : [sandbox]),
    {
      label: "API description",
      href: "/api/openapi.json",
      note: "OpenAPI 3.1 of everything below",
    },
    { label: "Signing keys", href: "/.well-known/jwks.json", note: "Verifies our access tokens" },
    { label: "Health", href: "/readyz", note: "Whether this origin can serve" },
    { label: "Metrics", href: "/metrics", note: "Of this origin, for Prometheus" },
  ];
}

const apiCalls = [
  ["POST /api/auth/sign-in", 'with {"email", "password"}'],
  ["GET /api/accounts", "the sending accounts, their state, limits and pairing"],
  ["GET /api/leads", "people, companies and their addresses"],
  ["POST /api/messages/send", "a message to a lead or an address"],
  ["GET /api/conversations", "the inbox"],
  ["GET /api/dead-letters", "what could not be sent, and why"],
  ["/ws", "WebSocket with every change; its first frame carries the token"],
] as const;

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
