import { expect, it } from "vitest";
import type { KubeObject } from "../../api/objects.ts";
import { fieldChanges } from "./field-changes.ts";

const deployment = (container: Record<string, unknown>, replicas = 1): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    ...{ name: "whatsapp-a", namespace: "default", uid: "1", resourceVersion: String(replicas) },
    annotations: { "rarityleads.io/applied-hash": String(container["image"]) },
  },
  spec: { replicas, template: { spec: { containers: [{ name: "whatsapp", ...container }] } } },
  status: { replicas: 4 },
});

it("names every field that differs, and none that the server or the operator keeps", () => {
  const spec = (perDay: number): unknown => [
    { name: "ACCOUNT_SPEC", value: JSON.stringify({ limits: { perDay }, phone: "+14155550100" }) },
  ];
  const changes = fieldChanges(
    deployment({ image: "a:1", env: spec(1) }),
    deployment({ image: "a:2", env: spec(2), tty: true }, 3),
  );
  const inContainer = "spec.template.spec.containers[whatsapp]";
  expect(changes).toEqual([
    { path: "spec.replicas", before: 1, after: 3 },
    { path: `${inContainer}.image`, before: "a:1", after: "a:2" },
    { path: `${inContainer}.env[ACCOUNT_SPEC].value.limits.perDay`, before: 1, after: 2 },
    { path: `${inContainer}.tty`, after: true },
  ]);
});

it("shows no Secret, no phone number and no credential of a URL", () => {
  const secret = (data: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s", namespace: "default" },
    data: { key: data },
  });
  const account = (spec: unknown): KubeObject => ({ ...secret(""), kind: "WhatsAppAccount", spec });
  const shown = JSON.stringify([
    fieldChanges(secret("old-canary"), secret("new-canary")),
    fieldChanges(undefined, secret("third-canary")),
    fieldChanges(
      account({ phone: "+14155550100" }),
      account({ phone: "+14155550199", proxy: "socks5://me:canary@host" }),
    ),
  ]);
  expect(shown).not.toMatch(/canary|415555/);
  expect(shown).toMatch(/…0100.*…0199.*socks5:\/\/<hidden>@host/);
});
