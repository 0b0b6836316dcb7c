import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../api/objects.ts";
import { redact, redactText } from "./redact.ts";

const canary = "canary-5d1f";
const object: KubeObject = {
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: {
    name: "sales",
    namespace: "default",
    uid: "0198c1d2-3e4f-7a5b-8c6d-123456789012",
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": canary,
      "rarityleads.io/env-hash": "abc",
    },
  },
  spec: {
    displayName: canary,
    phone: "+14155550100",
    template: {
      spec: {
        containers: [
          {
            name: "channel",
            env: [
              { name: "DATABASE_URL", value: `postgres://u:${canary}@db/rarity` },
              { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "k" } } },
            ],
            args: ["--redis", `redis://:${canary}@redis:6379`],
          },
        ],
      },
    },
  },
  data: { url: canary },
  status: { conditions: [{ message: "the phone +1 415 555 0100 is not the one of spec.phone" }] },
};

describe("a report", () => {
  test("carries no secret, name or number", () => {
    const text = JSON.stringify(redact(object));
    expect(text).not.toContain(canary);
    expect(text).not.toMatch(/415/);
  });

  test("keeps what explains: names, ids, hashes, where values come from", () => {
    const text = JSON.stringify(redact(object));
    for (const kept of ["DATABASE_URL", "keys", "0198c1d2", "rarityleads.io/env-hash", "channel"]) {
      expect(text).toContain(kept);
    }
  });

  test("keeps dates in texts", () => {
    expect(redactText("since 2026-11-29T19:40:08Z")).toBe("since 2026-11-29T19:40:08Z");
  });

  test("hides every number of a phone, however it is written", () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 15 });
    const sign = fc.constantFrom("", " ", "-", ".", ") ", "/");
    fc.assert(
      fc.property(digits, sign, (number, between) => {
        // Four digits and a dash are how a date begins.
        fc.pre(between !== "-");
        const written = `+${number.join(between)}`;
        expect(redactText(`call ${written} now`)).toBe("call <redacted> now");
      }),
    );
  });
});
