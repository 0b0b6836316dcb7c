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
  valueFrom?: { secretKeyRef: SecretKeyRef } | { fieldRef: { fieldPath: "metadata.name" } };
}

export interface Probe {
  httpGet: { path: string; port: string | number };
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

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
}

export interface PodSpec {
  terminationGracePeriodSeconds?: number;
  containers: Container[];
}

export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
}

export interface DeploymentSpec {
  replicas: number;
  strategy?: { type: "Recreate" };
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
