import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  certificateGrants,
  registrationGrants,
  reviewGrants,
  ownGrants,
  rulesOf,
  watchedGrants,
} from "../../../../operator/src/api/rbac.ts";
import type { KubeClient } from "../../cluster/client/kube-client.ts";
import type { ControlPlane } from "../../cluster/control-plane/start-control-plane.ts";

export type OperatorIdentity = {
  /** As the audit log names it. */
  username: string;
  /** Token, CA and namespace as a pod has them: it reads no kubeconfig, and neither does this. */
  serviceAccountFolder: string;
};

const name = "rarity-operator";

/** As the audit log names the operator. */
export const usernameIn = (namespace: string): string =>
  `system:serviceaccount:${namespace}:${name}`;

/** The ServiceAccount that the chart makes, with its rights and no others. */
export const createIdentity = async (
  client: KubeClient,
  controlPlane: ControlPlane,
  namespace: string,
): Promise<OperatorIdentity> => {
  const grants = [
    ...watchedGrants,
    ...ownGrants,
    ...certificateGrants,
    ...reviewGrants,
    ...registrationGrants,
  ];
  const rbac = "rbac.authorization.k8s.io";
  await client.apply({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
  });
  await client.apply({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name },
    rules: rulesOf(grants),
  });
  await client.apply({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const serviceAccountFolder = join(controlPlane.folder, "service-account");
  await mkdir(serviceAccountFolder, { mode: 0o700 });
  const files = {
    token: await requestToken(client, namespace),
    "ca.crt": controlPlane.caPem,
    namespace,
  };
  for (const [file, text] of Object.entries(files)) {
    await writeFile(join(serviceAccountFolder, file), text, { mode: 0o600 });
  }
  return { username: usernameIn(namespace), serviceAccountFolder };
};

const requestToken = async (client: KubeClient, namespace: string): Promise<string> => {
  const answer = await client.request<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      method: "POST",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 24 * 3600 },
      },
    },
  );
  return answer.status.token;
};
