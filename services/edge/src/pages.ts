import { publicRoutes } from "@rarity/contracts/api";
import { buildOpenApi } from "@rarity/contracts/openapi";
import { landingLinks, landingPage, landingPolicy } from "./landing.ts";
import type { Page } from "./server.ts";

export interface PageDeps {
  readonly accepting: () => boolean;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  readonly sandboxUrl: string | undefined;
}

/** What the edge answers itself. Built once; only health and metrics differ between two requests. */
export function createPages(deps: PageDeps): ReadonlyMap<string, () => Page | Promise<Page>> {
  const openApi = json(
    200,
    buildOpenApi(publicRoutes, { title: "Rarity Leads", version: "0.1.0" }),
    "public, max-age=60",
  );
  const landing: Page = {
    status: 200,
    contentType: "text/html; charset=utf-8",
    body: landingPage(landingLinks(deps.sandboxUrl)),
    headers: { "content-security-policy": landingPolicy, "cache-control": "no-cache" },
  };
  return new Map<string, () => Page | Promise<Page>>([
    ["/", () => landing],
    ["/api/openapi.json", () => openApi],
    ["/livez", () => json(200, { status: "ok" })],
    ["/readyz", () => readiness(deps.accepting())],
    ["/metrics", () => metricsPage(deps)],
  ]);
}

function readiness(accepting: boolean): Page {
  return accepting ? json(200, { status: "ok" }) : json(503, { status: "stopping" });
}

async function metricsPage({ metrics }: PageDeps): Promise<Page> {
  const body = await metrics.metrics();
  return { status: 200, contentType: metrics.contentType, body, headers: noStore };
}

const noStore = { "cache-control": "no-store" };

function json(status: number, value: unknown, cacheControl = "no-store"): Page {
  return {
    status,
    contentType: "application/json; charset=utf-8",
    body: JSON.stringify(value),
    headers: { "cache-control": cacheControl },
  };
}
