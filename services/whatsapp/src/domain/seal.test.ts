import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newDataKey, parseMasterKeys, unwrapDataKey, wrapDataKey } from "./data-key.ts";
import { open, seal, SealBrokenError } from "./seal.ts";

const key = randomBytes(32);
const context = { orgId: "org", accountId: "account", purpose: "session", row: "1.0" };

describe("seal", () => {
  it("gives back what was sealed", () => {
    expect(open(key, context, seal(key, context, Buffer.from("secret"))).toString()).toBe("secret");
  });

  it("refuses every single flipped bit", () => {
    const sealed = seal(key, context, Buffer.from("secret"));
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(key, context, changed)).toThrow(SealBrokenError);
    }
  });

  it.each(["orgId", "accountId", "purpose", "row"] as const)("is bound to its %s", (part) => {
    const sealed = seal(key, context, Buffer.from("secret"));
    expect(() => open(key, { ...context, [part]: "other" }, sealed)).toThrow(SealBrokenError);
  });
});

describe("data key", () => {
  const owner = { orgId: "org", accountId: "account" };
  const old = parseMasterKeys(`v1:${"11".repeat(32)}`);
  const rotated = parseMasterKeys(`v2:${"22".repeat(32)},v1:${"11".repeat(32)}`);

  it("opens with an older master key and is wrapped again under the current one", () => {
    const made = newDataKey(old, owner);
    const opened = unwrapDataKey(rotated, owner, made.stored);
    expect(opened.equals(made.key)).toBe(true);
    expect(wrapDataKey(rotated, owner, opened).version).toBe("v2");
  });

  it("does not open for another account", () => {
    const made = newDataKey(old, owner);
    const other = { ...owner, accountId: "other" };
    expect(() => unwrapDataKey(old, other, made.stored)).toThrow(SealBrokenError);
  });
});
