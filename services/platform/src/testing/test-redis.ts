import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import "./test-settings.ts";

export type TestRedis = {
  url: string;
  /** Put it before every key, so that test files sharing the server do not meet. */
  prefix: string;
};

/** The run's Redis. Never flush it: other files use it at the same time. */
export const testRedis = (): TestRedis => ({
  url: inject("rarityTest").redisUrl,
  prefix: `t${randomBytes(4).toString("hex")}`,
});
