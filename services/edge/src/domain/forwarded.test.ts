import { describe, expect, it } from "vitest";
import { acceptableRequestId, forwardedHeaders, hopsOf } from "./forwarded.ts";

const hop = {
  remoteAddress: "203.0.113.9",
  encrypted: false,
  requestId: "req-12345678",
  trustedProxies: 0,
};

describe("forwardedHeaders", () => {
  it("replaces everything a caller claims about where it came from", () => {
    const headers = forwardedHeaders(
      {
        host: "app.example",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
        "x-real-ip": "127.0.0.1",
        forwarded: "for=127.0.0.1",
        "x-rarity-org": "someone-else",
        "x-middleware-subrequest": "1",
        authorization: "Bearer t",
      },
      hop,
    );
    expect(headers).toEqual({
      host: "app.example",
      authorization: "Bearer t",
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "app.example",
      "x-request-id": "req-12345678",
      "x-rarity-hops": "1",
    });
  });

  it("believes exactly as many proxies as it was told to", () => {
    const headers = forwardedHeaders(
      { "x-forwarded-for": "6.6.6.6, 198.51.100.7", "x-forwarded-proto": "https" },
      { ...hop, trustedProxies: 1 },
    );
    expect(headers["x-forwarded-for"]).toBe("198.51.100.7, 203.0.113.9");
    expect(headers["x-forwarded-proto"]).toBe("https");
  });

  it("drops hop-by-hop headers, including those named by Connection", () => {
    const headers = forwardedHeaders(
      {
        connection: "keep-alive, X-Secret",
        "x-secret": "1",
        te: "trailers",
        "proxy-authorization": "x",
      },
      hop,
    );
    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/secret|^te$|proxy/)]),
    );
  });

  it("does not let Connection strip the headers the edge itself writes", () => {
    const headers = forwardedHeaders({ connection: "x-forwarded-for, x-request-id" }, hop);
    expect(headers["x-forwarded-for"]).toBe("203.0.113.9");
    expect(headers["x-request-id"]).toBe("req-12345678");
  });
});

describe("hopsOf", () => {
  it("counts on and ignores nonsense", () => {
    expect(hopsOf({ "x-rarity-hops": "3" })).toBe(3);
    expect(hopsOf({ "x-rarity-hops": "-1" })).toBe(0);
    expect(hopsOf({ "x-rarity-hops": "1e9" })).toBe(0);
    expect(forwardedHeaders({ "x-rarity-hops": "3" }, hop)["x-rarity-hops"]).toBe("4");
  });
});

describe("acceptableRequestId", () => {
  it("keeps short plain ids only", () => {
    expect(acceptableRequestId("0190b0a0-1111")).toBe("0190b0a0-1111");
    expect(acceptableRequestId("x\r\ny: 12345678")).toBeUndefined();
    expect(acceptableRequestId("a".repeat(65))).toBeUndefined();
    expect(acceptableRequestId(["12345678", "12345678"])).toBeUndefined();
  });
});
