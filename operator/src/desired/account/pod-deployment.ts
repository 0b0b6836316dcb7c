import { accountKinds, replicasMeanOf, type Account } from "../../api/account-kinds.ts";
import { annotations } from "../../api/names.ts";
import type { Container, Deployment, DeploymentSpec, EnvVar } from "../../api/workloads.ts";
import { channelIdentity, platformLabel } from "../../api/platform-names.ts";
import { configHashOf } from "../platform/config-hash.ts";
import { imageOf, type PlatformContext } from "../platform/context.ts";
import { mediaEnv } from "../platform/environment.ts";
import { mediaVolume } from "../platform/media-volume.ts";
import {
  containerSecurity,
  lostNodeTolerations,
  plainEnv,
  podSecurity,
  probes,
  pullSettings,
  secretEnv,
  spreadOverNodes,
  temporaryMount,
  temporaryVolume,
} from "../platform/pod.ts";
import { accountEnv } from "./environment.ts";
import { accountLabels, childMetadata, selectorLabels } from "./labels.ts";
import { sandboxEnv, sandboxVolumes } from "./sandbox-trust.ts";

/** A process finishes what it sends, stores it and hands its lease over within this time. */
const graceSeconds = 45;

/** The Deployment of one account's pods on Kubernetes. Without replicas an autoscaler owns them. */
export const buildPodDeployment = (
  account: Account,
  context: PlatformContext,
  replicas: number | undefined,
): Deployment => {
  const spec = podSpec(account, context);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMetadata(account),
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      revisionHistoryLimit: 2,
      strategy: strategyOf(account),
      selector: { matchLabels: selectorLabels(account) },
      template: {
        metadata: {
          labels: {
            ...accountLabels(account),
            // Puts the pod under the Platform's policies and monitors.
            [platformLabel]: context.platform.metadata.name,
          },
          annotations: { [annotations.configHash]: configHashOf(spec, context) },
        },
        spec,
      },
    },
  };
};

/**
 * The new pod is there before the old one goes. With a session it stands by until the old one hands
 * its lease over, so a roll costs a hand-over and no gap.
 */
const strategyOf = (account: Account): NonNullable<DeploymentSpec["strategy"]> => ({
  type: "RollingUpdate",
  rollingUpdate:
    replicasMeanOf(account) === "session"
      ? { maxSurge: 1, maxUnavailable: 0 }
      : { maxSurge: 1, maxUnavailable: 1 },
});

const podSpec = (account: Account, context: PlatformContext) => {
  const { pullPolicy, ...pull } = pullSettings(context);
  const { channel, port, image } = accountKinds[account.kind];
  const volumes = [
    ...mediaVolume(context.platform.spec.media?.claimName),
    ...sandboxVolumes(account, context.platform),
  ];
  const container: Container = {
    name: channel,
    image: imageOf(context, image),
    imagePullPolicy: pullPolicy,
    args: [`services/${channel}/src/main.ts`],
    env: podEnv(account, context),
    ports: [{ name: "http", containerPort: port }],
    ...probes,
    resources: {
      requests: { cpu: "20m", memory: "128Mi" },
      limits: { memory: "256Mi" },
    },
    securityContext: containerSecurity,
    volumeMounts: [temporaryMount, ...volumes.map(({ mount }) => mount)],
  };
  return {
    ...pull,
    serviceAccountName: channelIdentity(context.platform, channel),
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: podSecurity,
    topologySpreadConstraints: spreadOverNodes(selectorLabels(account)),
    tolerations: lostNodeTolerations,
    containers: [container],
    volumes: [temporaryVolume, ...volumes.map(({ volume }) => volume)],
  };
};

/** The stores by reference, then what the account says. No value of a Secret passes through here. */
const podEnv = (account: Account, { platform }: PlatformContext): EnvVar[] => {
  const { database, redis, secretsRef, telemetry } = platform.spec;
  const { channel, port } = accountKinds[account.kind];
  return [
    ...plainEnv({
      NODE_ENV: "production",
      HOST: "0.0.0.0",
      PORT: String(port),
      OTEL_EXPORTER_OTLP_ENDPOINT: telemetry?.otlpEndpoint,
    }),
    secretEnv("DATABASE_URL", database.secretName, `${channel}Url`),
    secretEnv("REDIS_URL", redis.urlSecretRef.name, redis.urlSecretRef.key),
    secretEnv("TENANT_SEAL_KEY", secretsRef.name, "tenantSealKey"),
    secretEnv("SESSION_KEYS", secretsRef.name, "sessionKeys"),
    ...mediaEnv(platform),
    ...sandboxEnv(account, platform),
    ...accountEnv(account),
  ];
};
