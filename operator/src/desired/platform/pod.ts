import type { PlatformContext } from "./context.ts";

/** One variable of a container: a plain value, or a reference to a key of a Secret. */
export type Env =
  | { name: string; value: string }
  | { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } };

/** Parts of a pod that the Pod Security Standard "restricted" asks for, the same everywhere. */
export const userId = 10_001;

export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: userId,
  runAsGroup: userId,
  fsGroup: userId,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
} as const;

/** The one place a process may write: small, and gone with the pod. */
export const temporaryVolume = { name: "tmp", emptyDir: { sizeLimit: "128Mi" } } as const;
export const temporaryMount = { name: "tmp", mountPath: "/tmp" } as const;

/** Over the nodes where it can be. Pods of another template do not count: a rollout would bring all to one node. */
export const spreadOverNodes = (matchLabels: Record<string, string>): Record<string, unknown>[] => [
  {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
    matchLabelKeys: ["pod-template-hash"],
  },
];

const lostNodeSeconds = 15;

/**
 * Pods of a lost node are replaced after this time instead of the cluster's five minutes. Should the
 * node still run them unseen, leases and their fences keep two pods from sending the same message.
 */
export const lostNodeTolerations = ["not-ready", "unreachable"].map((taint) => ({
  key: `node.kubernetes.io/${taint}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: lostNodeSeconds,
}));

export const secretEnv = (name: string, secretName: string, key: string): Env => ({
  name,
  valueFrom: { secretKeyRef: { name: secretName, key } },
});

export const plainEnv = (values: Record<string, string | undefined>): Env[] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));

export const pullSettings = ({
  platform,
}: PlatformContext): { pullPolicy: string; imagePullSecrets?: { name: string }[] } => {
  const { images } = platform.spec;
  return {
    pullPolicy: images?.pullPolicy ?? "IfNotPresent",
    ...(images?.pullSecrets === undefined
      ? {}
      : { imagePullSecrets: images.pullSecrets.map((name) => ({ name })) }),
  };
};

const probe = (
  path: string,
  [periodSeconds, failureThreshold]: readonly [number, number],
  timeoutSeconds = 2,
) => ({ httpGet: { path, port: "http" }, periodSeconds, timeoutSeconds, failureThreshold });

/** On a busy node a process starts and answers slowly: to end it and begin again would make that worse. */
const startSeconds = 180;

/** Live never depends on Postgres or Redis; ready fails first on the way down. */
export const probes = {
  startupProbe: probe("/livez", [1, startSeconds]),
  livenessProbe: probe("/livez", [10, 6], 5),
  readinessProbe: probe("/readyz", [2, 2]),
} as const;
