import type { KubeObject, ObjectMeta } from "./objects.ts";

/** The parts of apps/v1 and core/v1 the operator uses; a subset of the Kubernetes schema. */
export interface SecretKeyRef {
  name: string;
  key: string;
  optional?: boolean;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?:
    | { secretKeyRef: SecretKeyRef }
    | { configMapKeyRef: SecretKeyRef }
    | { fieldRef: { fieldPath: string } };
}

export interface Probe {
  httpGet: { path: string; port: string | number };
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

/** What the local runtime does not act on is not named one by one. */
export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  env?: EnvVar[];
  envFrom?: { secretRef: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  imagePullPolicy?: string;
  resources?: Record<string, unknown>;
  securityContext?: Record<string, unknown>;
  volumeMounts?: readonly Record<string, unknown>[];
}

export interface PodSpec {
  terminationGracePeriodSeconds?: number;
  containers: Container[];
  volumes?: readonly Record<string, unknown>[];
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  securityContext?: Record<string, unknown>;
  topologySpreadConstraints?: readonly Record<string, unknown>[];
  tolerations?: readonly Record<string, unknown>[];
  imagePullSecrets?: readonly { name: string }[];
}

export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface DeploymentSpec {
  /** Left out where an autoscaler owns it. */
  replicas?: number;
  revisionHistoryLimit?: number;
  strategy?:
    | { type: "Recreate" }
    | { type: "RollingUpdate"; rollingUpdate: { maxSurge: number; maxUnavailable: number } };
  selector: { matchLabels: Record<string, string> };
  template: PodTemplate;
}

/** Kubernetes leaves counts of zero out. */
export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  updatedReplicas?: number;
}

export interface Deployment extends KubeObject {
  kind: "Deployment";
  metadata: ObjectMeta;
  spec: DeploymentSpec;
  status?: DeploymentStatus;
}

export interface PodStatus {
  phase: "Pending" | "Running" | "Failed";
  ready: boolean;
  restartCount: number;
  reason?: string;
  message?: string;
  startedAt?: string;
  podIP?: string;
  port?: number;
}

export interface Pod extends KubeObject {
  kind: "Pod";
  metadata: ObjectMeta;
  spec: PodSpec;
  status?: PodStatus;
}

export interface Secret extends KubeObject {
  kind: "Secret";
  metadata: ObjectMeta;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}
