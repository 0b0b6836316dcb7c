import { publicRoutes } from "@rarity/contracts/api";
import { describe, expect, it } from "vitest";
import { findService, httpRoutes, safePathname, socketRoutes } from "./route-table.ts";

describe("findService", () => {
  it.each([
    ["/api/auth/sign-in", "auth"],
    ["/api/organizations", "auth"],
    ["/api/api-keys/1", "auth"],
    ["/.well-known/jwks.json", "auth"],
    ["/api/leads/1", "leads"],
    ["/api/companies", "leads"],
    ["/api/accounts/1/pairing", "accounts"],
    ["/api/messages/send", "orchestrator"],
    ["/api/conversations/1/reply", "orchestrator"],
    ["/api/media", "orchestrator"],
    ["/api/dead-letters", "orchestrator"],
  ])("%s belongs to %s", (path, service) => {
    expect(findService(httpRoutes, path)).toBe(service);
  });

  it.each(["/api/leadsx", "/internal/api-keys/verify", "/metrics", "/api", "/.well-known/other"])(
    "%s belongs to nobody",
    (path) => {
      expect(findService(httpRoutes, path)).toBeUndefined();
    },
  );

  it("has a place for every public route of the contracts", () => {
    const lost = publicRoutes.filter(({ path }) => findService(httpRoutes, path) === undefined);
    expect(lost.map(({ path }) => path)).toEqual([]);
  });

  it("routes sockets apart from requests", () => {
    expect(findService(socketRoutes, "/ws")).toBe("orchestrator");
    expect(findService(socketRoutes, "/api/messages")).toBeUndefined();
    expect(findService(httpRoutes, "/ws")).toBeUndefined();
  });
});

describe("safePathname", () => {
  it("keeps plain paths and drops the query", () => {
    expect(safePathname("/api/leads?after=%2Fx")).toBe("/api/leads");
  });

  it.each([
    "/api/leads/../../internal/queue-depth",
    "/api/leads/%2e%2e/internal",
    "/api/leads/..%2finternal",
    "/api/leads%2f..%2finternal",
    "/api\\internal",
    "/api/%5cinternal",
    "//evil.example/api",
    "http://evil.example/api",
    "/api/leads/%00",
    "*",
    "/api/./leads",
    "/api//leads",
  ])("refuses %s", (target) => {
    expect(safePathname(target)).toBeUndefined();
  });
});
