import { createHash } from "node:crypto";

export interface LandingLink {
  readonly label: string;
  readonly href: string;
  readonly note: string;
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;" +
  "color:#1c1917;background:#fafaf9}h1{font-size:1.4rem}li{margin:.4rem 0}code{background:#e7e5e4;" +
  "padding:.1rem .3rem;border-radius:.2rem}@media(prefers-color-scheme:dark){body{color:#e7e5e4;" +
  "background:#1c1917}code{background:#44403c}a{color:#93c5fd}}";

const styleHash = createHash("sha256").update(style).digest("base64");

/** Only this page's own style runs; there is no script on it. */
export const landingPolicy =
  `default-src 'none'; style-src 'sha256-${styleHash}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page at `/`: where things are on this origin. */
export function landingPage(links: readonly LandingLink[]): string {
  const items = links.map(
    ({ label, href, note }) =>
      `<li><a href="${escapeHtml(href)}">${escapeHtml(label)}</a> <code>${escapeHtml(href)}</code><br>${escapeHtml(note)}</li>`,
  );
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>Rarity Leads</title><style>${style}</style></head>` +
    `<body><main><h1>Rarity Leads</h1><ul>${items.join("")}</ul></main></body></html>`
  );
}

/** The links every installation has, and the sandbox's when there is one. */
export function landingLinks(sandboxUrl: string | undefined): LandingLink[] {
  const links: LandingLink[] = [
    {
      label: "API description",
      href: "/api/openapi.json",
      note: "OpenAPI 3.1 of everything below",
    },
    { label: "Signing keys", href: "/.well-known/jwks.json", note: "Verifies our access tokens" },
    { label: "Messages", href: "/api/messages", note: "POST /api/messages/send starts one" },
    { label: "Conversations", href: "/api/conversations", note: "The inbox" },
    { label: "Leads", href: "/api/leads", note: "People, companies and their addresses" },
    { label: "Accounts", href: "/api/accounts", note: "Sending accounts and pairing" },
    { label: "Live updates", href: "/ws", note: "WebSocket: first frame carries the token" },
    { label: "Health", href: "/readyz", note: "Whether this origin can serve" },
  ];
  if (sandboxUrl !== undefined) {
    links.push({ label: "Sandbox phones", href: sandboxUrl, note: "Emulated phones to try it on" });
  }
  return links;
}

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
