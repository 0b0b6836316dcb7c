import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { KubeClient } from "../../cluster/client/kube-client.ts";

/** A file with a token of that identity, as a pod finds one; gone with the test. */
export const tokenFile = async (
  client: KubeClient,
  { namespace, name }: { namespace: string; name: string },
): Promise<string> => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 600 },
  };
  const answer = await client.request<{ status: { token: string } }>(path, {
    method: "POST",
    body,
  });
  const folder = mkdtempSync(join(tmpdir(), "rarity-token-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "token");
  writeFileSync(file, answer.status.token, { mode: 0o600 });
  return file;
};
