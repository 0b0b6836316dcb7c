import type { KubeClient, KubeObject } from "../../cluster/client/kube-client.ts";

/** Requests under way at the same time, as from a tool that applies a folder. */
const inFlight = 16;
const perProxy = 10;

export const accountName = (n: number): string => `bench-${String(n).padStart(5, "0")}`;

/** Ten share a proxy, as ten accounts of one customer would. */
const accountOf = (namespace: string, n: number): KubeObject => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: { name: accountName(n), namespace },
  spec: {
    orgId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11",
    displayName: `Sales ${n}`,
    proxySecretRef: { name: `proxy-${Math.floor(n / perProxy)}`, key: "url" },
  },
});

export const applyAccounts = async (
  client: KubeClient,
  namespace: string,
  count: number,
): Promise<void> => {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const n = next;
      next += 1;
      await client.apply(accountOf(namespace, n), "kubectl");
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
};

/** Another display name: the account's pods have to be replaced to know it. */
export const renameAccount = async (
  client: KubeClient,
  namespace: string,
  { name, displayName }: { name: string; displayName: string },
): Promise<void> => {
  const base = `/apis/rarityleads.io/v1alpha1/namespaces/${namespace}/whatsappaccounts`;
  await client.request(`${base}/${name}?fieldManager=kubectl`, {
    method: "PATCH",
    body: { spec: { displayName } },
    contentType: "application/merge-patch+json",
  });
};
