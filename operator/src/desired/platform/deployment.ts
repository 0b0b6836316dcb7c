import { componentLabels, componentName, selectorLabelsOf } from "../../api/platform-names.ts";
import { controllerReference, type KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import { annotations } from "../../api/names.ts";
import { componentTable, sandboxPorts, storesOf, type Component } from "./components.ts";
import { configHashOf } from "./config-hash.ts";
import { imageOf, settingsOf, type PlatformContext } from "./context.ts";
import { environmentOf } from "./environment.ts";
import { mediaVolume, type PodVolume } from "./media-volume.ts";
import {
  containerSecurity,
  lostNodeTolerations,
  podSecurity,
  probes,
  pullSettings,
  spreadOverNodes,
  temporaryMount,
  temporaryVolume,
} from "./pod.ts";

/** Endpoints are withdrawn in this time; then the process stops accepting and drains. */
const withdrawSeconds = 5;
const graceSeconds = 75;

/** The Deployment of one core service. */
export const buildDeployment = (context: PlatformContext, component: Component): KubeObject => {
  const { platform } = context;
  const { replicas } = settingsOf(platform, component);
  const selector = selectorLabelsOf(platform, component);
  const pod = podOf(context, component);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: componentName(platform, component),
      namespace: platform.metadata.namespace,
      labels: componentLabels(platform, component),
      ownerReferences: [controllerReference(platform)],
    },
    spec: {
      replicas,
      revisionHistoryLimit: 3,
      // One world only: the sandbox's old pod has to be gone before the new one starts.
      strategy:
        component === "sandbox"
          ? { type: "Recreate" }
          : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: componentLabels(platform, component),
          annotations: { [annotations.configHash]: configHashOf(pod, context) },
        },
        spec: pod,
      },
    },
  };
};

const podOf = (context: PlatformContext, component: Component) => {
  const { platform } = context;
  const { pullPolicy, ...pull } = pullSettings(context);
  const { image, port } = componentTable[component];
  const { cpuRequest, memoryLimit } = settingsOf(platform, component);
  return {
    ...pull,
    serviceAccountName: componentName(platform, component),
    // Only the accounts service speaks to the Kubernetes API.
    automountServiceAccountToken: component === "accounts",
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: podSecurity,
    topologySpreadConstraints: spreadOverNodes(selectorLabelsOf(platform, component)),
    // The sandbox's world ends with its pod: it waits for its node as long as the cluster does.
    ...(component === "sandbox" ? {} : { tolerations: lostNodeTolerations }),
    containers: [
      {
        name: component,
        image: imageOf(context, image),
        imagePullPolicy: pullPolicy,
        args: [`services/${component}/src/main.ts`],
        env: environmentOf(platform, component),
        ports: portsOf(component, port),
        ...probes,
        lifecycle: { preStop: { sleep: { seconds: withdrawSeconds } } },
        resources: {
          requests: { cpu: cpuRequest, memory: memoryLimit },
          limits: { memory: memoryLimit },
        },
        securityContext: containerSecurity,
        volumeMounts: [temporaryMount, ...volumesOf(platform, component).map(({ mount }) => mount)],
      },
    ],
    volumes: [temporaryVolume, ...volumesOf(platform, component).map(({ volume }) => volume)],
  };
};

const portsOf = (component: Component, port: number) => [
  { name: "http", containerPort: port },
  ...(component === "sandbox"
    ? Object.entries(sandboxPorts).map(([name, containerPort]) => ({ name, containerPort }))
    : []),
];

const volumesOf = (platform: Platform, component: Component): PodVolume[] => {
  const { secretsRef, media } = platform.spec;
  const signingKey = {
    volume: {
      name: "keys",
      secret: {
        secretName: secretsRef.name,
        items: [{ key: "signingKey", path: "signing-key.json" }],
        defaultMode: 0o440,
      },
    },
    mount: { name: "keys", mountPath: "/etc/rarity", readOnly: true },
  };
  return [
    ...(component === "auth" ? [signingKey] : []),
    ...(storesOf[component].media === true ? mediaVolume(media?.claimName) : []),
  ];
};
