import { componentName } from "../../api/platform-names.ts";
import type { Platform } from "../../api/platform.ts";
import { componentTable, storesOf, type Component } from "./components.ts";
import { mediaFolder } from "./media-volume.ts";
import { plainEnv, secretEnv, type Env } from "./pod.ts";

export const urlOf = (platform: Platform, component: Component): string =>
  `http://${componentName(platform, component)}:${String(componentTable[component].port)}`;

/** Who issues tokens: the embedded auth service, or whom the Platform names. */
const issuerOf = (platform: Platform) => {
  const { auth, hosts } = platform.spec;
  const own = hosts === undefined ? urlOf(platform, "auth") : `https://${hosts.api}`;
  return {
    AUTH_ISSUER: auth?.issuer ?? `${own}/auth/v1`,
    AUTH_AUDIENCE: auth?.audience ?? "authenticated",
    AUTH_JWKS_URL: auth?.jwksUrl ?? `${urlOf(platform, "auth")}/.well-known/jwks.json`,
    AUTH_URL: auth === undefined ? urlOf(platform, "auth") : undefined,
  };
};

/** Media storage as every process that reads or writes media is told. */
export const mediaEnv = (platform: Platform): Env[] => {
  const { media } = platform.spec;
  if (media?.s3 === undefined) return plainEnv({ MEDIA_URL: `file://${mediaFolder}` });
  const { endpoint, bucket, region, credentialsSecretName } = media.s3;
  return [
    ...plainEnv({
      MEDIA_URL: `s3://${bucket}`,
      MEDIA_S3_ENDPOINT: endpoint,
      MEDIA_S3_REGION: region ?? "us-east-1",
    }),
    secretEnv("MEDIA_S3_ACCESS_KEY_ID", credentialsSecretName, "accessKeyId"),
    secretEnv("MEDIA_S3_SECRET_ACCESS_KEY", credentialsSecretName, "secretAccessKey"),
  ];
};

/** What every process with tenant data needs, by reference: no value passes through the operator. */
export const storeEnv = (platform: Platform, databaseKey: string | undefined): Env[] => {
  const { database, redis, secretsRef } = platform.spec;
  return [
    ...(databaseKey === undefined
      ? []
      : [secretEnv("DATABASE_URL", database.secretName, databaseKey)]),
    secretEnv("REDIS_URL", redis.urlSecretRef.name, redis.urlSecretRef.key),
    secretEnv("TENANT_SEAL_KEY", secretsRef.name, "tenantSealKey"),
    secretEnv("INTERNAL_TOKEN", secretsRef.name, "internalToken"),
  ];
};

/** The environment of one core service; plain values and references to Secrets. */
export const environmentOf = (platform: Platform, component: Component): Env[] => {
  const { telemetry } = platform.spec;
  const common = plainEnv({
    NODE_ENV: "production",
    HOST: "0.0.0.0",
    PORT: String(componentTable[component].port),
    OTEL_EXPORTER_OTLP_ENDPOINT: telemetry?.otlpEndpoint,
  });
  // Endpoints were withdrawn before it is told to stop; open connections end in this time.
  const drain = plainEnv({ DRAIN_MS: "2000" });
  if (component === "sandbox")
    return [...common, ...plainEnv({ PUBLIC_HOST: componentName(platform, component) })];
  if (component === "edge") return [...common, ...drain, ...edgeEnv(platform)];
  return [
    ...common,
    ...drain,
    ...plainEnv(issuerOf(platform)),
    ...storeEnv(platform, storesOf[component].database),
    ...(storesOf[component].media === true ? mediaEnv(platform) : []),
    ...ownEnv(platform, component),
  ];
};

const edgeEnv = (platform: Platform): Env[] =>
  plainEnv({
    ORCHESTRATOR_URL: urlOf(platform, "orchestrator"),
    LEADS_URL: urlOf(platform, "leads"),
    ACCOUNTS_URL: urlOf(platform, "accounts"),
    AUTH_URL: urlOf(platform, "auth"),
    // The ingress controller stands in front and writes the caller's address.
    TRUSTED_PROXIES: platform.spec.hosts === undefined ? "0" : "1",
  });

const ownEnv = (platform: Platform, component: Exclude<Component, "edge" | "sandbox">): Env[] => {
  switch (component) {
    case "orchestrator": {
      const { connectionsPerPod } = platform.spec.database;
      return plainEnv({ DATABASE_POOL_MAX: connectionsPerPod?.toString() });
    }
    case "accounts":
      // The Kubernetes API serves account resources under the same paths as the local operator.
      return plainEnv({
        OPERATOR_URL: "https://kubernetes.default.svc",
        OPERATOR_TOKEN_FILE: "/var/run/secrets/kubernetes.io/serviceaccount/token",
        NODE_EXTRA_CA_CERTS: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
        ACCOUNT_NAMESPACE: platform.metadata.namespace,
      });
    case "auth":
      return plainEnv({ SIGNING_KEY_FILE: "/etc/rarity/signing-key.json" });
    case "leads":
      return [];
  }
};
