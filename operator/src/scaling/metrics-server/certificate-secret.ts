import type { ApiCalls } from "./api-calls.ts";
import { renew, renewalDue, type ServingCertificate } from "./serving-certificate.ts";

export interface SecretPlace {
  namespace: string;
  name: string;
}

interface Secret {
  metadata: { resourceVersion: string };
  data?: Record<string, string>;
}

const attemptsMax = 5;

/**
 * The serving certificate that all replicas share, renewed when it is due. Whoever comes first
 * writes; the others take what was written.
 */
export const keepCertificate = async (
  api: Pick<ApiCalls, "read" | "create" | "replace">,
  place: SecretPlace,
  { hosts, now }: { hosts: readonly string[]; now: Date },
): Promise<ServingCertificate> => {
  const folder = `/api/v1/namespaces/${place.namespace}/secrets`;
  const path = `${folder}/${place.name}`;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const secret = await api.read<Secret>(path);
    const current = secret === undefined ? undefined : decodeData(secret.data);
    if (current !== undefined && renewalDue(current, hosts, now) === "none") return current;
    const renewed = await renew(current, hosts, now);
    const written =
      secret === undefined
        ? await api.create<Secret>(folder, buildSecret(place, renewed))
        : await api.replace<Secret>(path, buildSecret(place, renewed, secret.metadata));
    if (written !== undefined) return renewed;
  }
  throw new Error(`the Secret ${place.namespace}/${place.name} is changed by others all the time`);
};

const buildSecret = (
  { namespace, name }: SecretPlace,
  { server, authority, formerAuthorityPem }: ServingCertificate,
  metadata: { resourceVersion?: string } = {},
): unknown => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "kubernetes.io/tls",
  metadata: {
    ...metadata,
    name,
    namespace,
    labels: {
      "app.kubernetes.io/managed-by": "rarity-operator",
      "app.kubernetes.io/part-of": "rarity-leads",
    },
  },
  data: encodeData({
    "tls.crt": server.certPem,
    "tls.key": server.keyPem,
    "ca.crt": authority.certPem,
    "ca.key": authority.keyPem,
    ...(formerAuthorityPem === undefined ? {} : { "former-ca.crt": formerAuthorityPem }),
  }),
});

const encodeData = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );

/** Undefined when something is missing: then everything is made anew. */
const decodeData = (data: Record<string, string> = {}): ServingCertificate | undefined => {
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  const server = { certPem: text("tls.crt"), keyPem: text("tls.key") };
  const authority = { certPem: text("ca.crt"), keyPem: text("ca.key") };
  const needed = [server.certPem, server.keyPem, authority.certPem, authority.keyPem];
  if (needed.includes("")) return undefined;
  return { server, authority, formerAuthorityPem: text("former-ca.crt") || undefined };
};
