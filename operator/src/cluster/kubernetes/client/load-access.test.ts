import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadAccess } from "./load-access.ts";

const folder = mkdtempSync(path.join(tmpdir(), "rarity-access-"));
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const kubeconfig = (user: object, cluster: object = {}): string => {
  const file = path.join(mkdtempSync(path.join(folder, "config-")), "config");
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "here",
      clusters: [{ name: "c", cluster: { server: "https://server:6443", ...cluster } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "sales" } }],
    }),
  );
  return file;
};

// The library takes its time to load on a busy machine.
describe("access to a cluster", { timeout: 60_000 }, () => {
  it("is the pod's own service account in a pod, read from its files", async () => {
    for (const name of ["token", "ca.crt"]) writeFileSync(path.join(folder, name), "x");
    writeFileSync(path.join(folder, "namespace"), "rarity\n");
    const access = await loadAccess({ serviceHost: "fd00::1", serviceAccountFolder: folder });
    expect(access).toEqual({
      server: "https://[fd00::1]:443",
      ca: { file: `${folder}/ca.crt` },
      token: { file: `${folder}/token` },
      namespace: "rarity",
    });
  });

  it.each([
    ["a token", { token: "secret" }, { token: { text: "secret" } }],
    [
      "a certificate",
      { "client-certificate-data": base64("cert"), "client-key": "/k" },
      { cert: { text: "cert" }, key: { file: "/k" } },
    ],
  ])("is what a kubeconfig says: %s", async (_what, user, expected) => {
    const kubeconfigFile = kubeconfig(user, { "certificate-authority-data": base64("ca") });
    const access = await loadAccess({ serviceHost: "10.0.0.1", kubeconfigFile });
    expect(access).toEqual({
      ...{ server: "https://server:6443", namespace: "sales", ca: { text: "ca" } },
      ...expected,
    });
  });

  it("leaves signing in through a program to the library", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sign-in" };
    const access = await loadAccess({ kubeconfigFile: kubeconfig({ exec }) });
    expect(access.kubeConfig).toMatchObject({ currentContext: "here" });
    expect(structuredClone(access)).toEqual(access);
  });

  it("refuses a context that the kubeconfig does not have", async () => {
    const attempt = loadAccess({ kubeconfigFile: kubeconfig({}), context: "there" });
    await expect(attempt).rejects.toThrow(/no cluster or no user for the context "there"/);
  });
});
