import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLabelSelector } from "./label-selector.ts";

const matches = (selector: string, labels: Record<string, string>): boolean => {
  const parsed = parseLabelSelector(selector);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.matches(labels);
};

describe("parseLabelSelector", () => {
  const labels = { app: "mail", tier: "", "rarityleads.io/kind": "x" };

  it.each([
    ["", true],
    ["app=mail", true],
    ["app==mail", true],
    ["app = mail , tier=", true],
    ["app!=mail", false],
    ["none!=mail", true],
    ["app in (web, mail)", true],
    ["app in (web)", false],
    ["app notin (web)", true],
    ["none notin (web)", true],
    ["app", true],
    ["!app", false],
    ["!none,rarityleads.io/kind=x", true],
    ["none", false],
    ["constructor", false],
    ["app in (web,mail),tier", true],
  ])("%j is %s", (selector, expected) => {
    expect(matches(selector, labels)).toBe(expected);
  });

  it.each(["a=b=c", "a in b", "a,,b", "=b", "a in (b", "a b", "-a", "a=b)", ","])(
    "refuses %j",
    (selector) => {
      expect(parseLabelSelector(selector)).toMatchObject({ ok: false });
    },
  );

  it("refuses what is longer than any selector of ours", () => {
    expect(parseLabelSelector("a".repeat(2_001))).toMatchObject({ ok: false });
  });

  it("reads back what it is asked in the form autoscalers use", () => {
    const key = fc.stringMatching(/^[a-z]([a-z_]{0,8}[a-z])?$/);
    const text = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,30}[a-z0-9])?$/);
    fc.assert(
      fc.property(fc.dictionary(key, text, { minKeys: 1, maxKeys: 4 }), (wanted) => {
        const selector = Object.entries(wanted)
          .map(([name, value]) => `${name}=${value}`)
          .join(",");
        expect(matches(selector, wanted)).toBe(true);
        const [first = ""] = Object.keys(wanted);
        expect(matches(selector, { ...wanted, [first]: "another value" })).toBe(false);
      }),
    );
  });

  it("answers quickly whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (selector) => {
        expect(() => parseLabelSelector(selector)).not.toThrow();
      }),
    );
  });
});
