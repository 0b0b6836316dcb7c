import { describe, expect, it } from "vitest";
import { hashSecretToken, looksLikeSecretToken, newSecretToken } from "./secret-token.ts";

describe("newSecretToken", () => {
  it("carries 256 random bits behind its prefix", () => {
    const { token } = newSecretToken("rlk_");
    expect(token).toMatch(/^rlk_[\w-]{43}$/);
    expect(Buffer.from(token.slice(4), "base64url")).toHaveLength(32);
  });

  it("never repeats", () => {
    const tokens = new Set(Array.from({ length: 1000 }, () => newSecretToken("rlr_").token));
    expect(tokens.size).toBe(1000);
  });

  it("stores a hash that the token leads to, and a hint that does not lead to the token", () => {
    const { token, hash, hint } = newSecretToken("rlk_");
    expect(hashSecretToken(token).equals(hash)).toBe(true);
    expect(hash.toString("latin1")).not.toContain(token);
    expect(token.startsWith(hint)).toBe(true);
    expect(hint).toHaveLength(8);
  });
});

describe("looksLikeSecretToken", () => {
  it("accepts its own and refuses other shapes", () => {
    const { token } = newSecretToken("rlk_");
    expect(looksLikeSecretToken("rlk_", token)).toBe(true);
    expect(looksLikeSecretToken("rlr_", token)).toBe(false);
    expect(looksLikeSecretToken("rlk_", `${token}x`)).toBe(false);
    expect(looksLikeSecretToken("rlk_", `${token.slice(0, -1)}\n`)).toBe(false);
    expect(looksLikeSecretToken("rlk_", "rlk_")).toBe(false);
  });
});
