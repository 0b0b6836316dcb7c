import { test, expect } from "vitest";
import { testDatabase } from "@rarity/platform/testing";
test("up", async () => {
  const d = await testDatabase();
  expect(d.adminUrl).toContain("rarity_test");
  await d.drop();
});
