import { describe, expect, it } from "vitest";
import { resourceName } from "./resource-name.ts";

const orgId = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11";

describe("resourceName", () => {
  it("is the account's name and the end of its organization's id", () => {
    expect(resourceName("sales", orgId)).toBe("sales-1c0d9e11");
  });

  it("fits what a resource takes, and keeps long names that begin alike apart", () => {
    const names = ["a", "b"].map((end) => resourceName(`${"long-".repeat(12)}${end}`, orgId));
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(47);
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    }
    expect(new Set(names).size).toBe(2);
  });
});
