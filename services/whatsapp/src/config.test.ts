import { ConfigError } from "@rarity/platform/config";
import { describe, expect, test } from "vitest";
import { parseWhatsAppConfig } from "./config.ts";

const complete = {
  ACCOUNT_ID: "00000000-0000-7000-8000-000000000001",
  ORG_ID: "00000000-0000-7000-8000-000000000002",
  DATABASE_URL: "postgres://user:secret@localhost/db",
  REDIS_URL: "redis://localhost",
  TENANT_SEAL_KEY: "5".repeat(64),
  HOLDER: "pod-0",
  MEDIA_URL: "file:///media",
  SESSION_KEYS: `v1:${"ab".repeat(32)}`,
};

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    parseWhatsAppConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe("parseWhatsAppConfig", () => {
  test("reads the account's resource", () => {
    const spec = { displayName: "Sales", phone: "+15550001001", pairing: { method: "Code" } };
    const config = parseWhatsAppConfig({ ...complete, ACCOUNT_SPEC: JSON.stringify(spec) });
    expect(config.whatsapp.ACCOUNT_SPEC).toEqual(spec);
    expect(config.whatsapp.SESSION_KEYS.current).toBe("v1");
    expect(config.pod.accountId).toBe(complete.ACCOUNT_ID);
  });

  test("reports what is wrong with both parts at once, and no value", () => {
    const problems = problemsOf({ ...complete, ORG_ID: "x", SESSION_KEYS: "v1:secret" });
    expect(problems.map((line) => line.split(":")[0])).toEqual(["ORG_ID", "SESSION_KEYS"]);
    expect(problems.join()).not.toContain("secret");
  });

  test.each(["not json", "[]", '{"pairing":{"method":"Pigeon"}}'])(
    "refuses the account %s",
    (text) => {
      expect(problemsOf({ ...complete, ACCOUNT_SPEC: text })).not.toEqual([]);
    },
  );

  test("trusts another authority only for a server of our own", () => {
    const rootKey = { WHATSAPP_ROOT_KEY: "0".repeat(64) };
    expect(problemsOf({ ...complete, ...rootKey })).toHaveLength(1);
    const url = { WHATSAPP_URL: "ws://localhost:3901/ws/chat" };
    expect(problemsOf({ ...complete, ...rootKey, ...url })).toEqual([]);
  });

  test.each(["http://proxy:8080", "https://proxy", "socks5://user:pass@[::1]:1080"])(
    "goes out through %s",
    (text) => {
      expect(problemsOf({ ...complete, PROXY_URL: text })).toEqual([]);
    },
  );

  test.each(["proxy:8080", "ftp://hidden:x@proxy", "http://hidden:x@proxy/path", "socks4://proxy"])(
    "does not start past a proxy it cannot use: %s",
    (text) => {
      const problems = problemsOf({ ...complete, PROXY_URL: text });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^PROXY_URL: must/);
      expect(problems.join()).not.toContain("hidden");
    },
  );
});
