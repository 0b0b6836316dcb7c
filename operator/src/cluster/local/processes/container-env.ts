import type { EnvVar, Pod, Secret } from "../../../api/workloads.ts";

export type SecretReader = (namespace: string, name: string) => Secret | undefined;

export type EnvResult = { ok: true; env: Record<string, string> } | { ok: false; message: string };

/** The environment of a container: secrets first, then its own variables, as in Kubernetes. */
export const resolveEnv = (pod: Pod, readSecret: SecretReader): EnvResult => {
  const container = pod.spec.containers[0];
  const { namespace } = pod.metadata;
  const env: Record<string, string> = {};
  const missing: string[] = [];
  for (const { secretRef } of container?.envFrom ?? []) {
    const secret = readSecret(namespace, secretRef.name);
    if (secret === undefined) missing.push(`secret "${secretRef.name}"`);
    else Object.assign(env, secretValues(secret));
  }
  for (const variable of container?.env ?? []) {
    const value = resolveVariable(pod, variable, readSecret);
    if (value !== undefined) env[variable.name] = value;
    else if (isRequired(variable)) missing.push(describeReference(variable));
  }
  return missing.length === 0
    ? { ok: true, env }
    : { ok: false, message: `${missing.join(" and ")} not found` };
};

const resolveVariable = (
  pod: Pod,
  variable: EnvVar,
  readSecret: SecretReader,
): string | undefined => {
  if (variable.valueFrom === undefined) return variable.value ?? "";
  if ("fieldRef" in variable.valueFrom) return pod.metadata.name;
  // The local runtime keeps no ConfigMaps.
  if (!("secretKeyRef" in variable.valueFrom)) return undefined;
  const { name, key } = variable.valueFrom.secretKeyRef;
  const secret = readSecret(pod.metadata.namespace, name);
  return secret === undefined ? undefined : secretValues(secret)[key];
};

const isRequired = (variable: EnvVar): boolean =>
  variable.valueFrom !== undefined &&
  "secretKeyRef" in variable.valueFrom &&
  variable.valueFrom.secretKeyRef.optional !== true;

const describeReference = ({ valueFrom }: EnvVar): string =>
  valueFrom !== undefined && "secretKeyRef" in valueFrom
    ? `key "${valueFrom.secretKeyRef.key}" of secret "${valueFrom.secretKeyRef.name}"`
    : "a reference";

const secretValues = (secret: Secret): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString("utf8"),
    ]),
  ),
  ...secret.stringData,
});
