import { shortHash } from "../../api/names.ts";
import type { EnvVar } from "../../api/workloads.ts";
import type { PlatformContext } from "./context.ts";

interface PodParts {
  containers: readonly { env?: readonly EnvVar[] }[];
  volumes?: readonly object[];
}

interface SecretVolume {
  secret?: { secretName: string; items?: readonly { key: string }[] };
}

/** Every Secret key a pod reads, as `secret/key`. */
export const secretKeysOf = ({ containers, volumes = [] }: PodParts): string[] => {
  const fromEnv = containers.flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) =>
      valueFrom !== undefined && "secretKeyRef" in valueFrom
        ? [`${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`]
        : [],
    ),
  );
  const fromVolumes = (volumes as readonly SecretVolume[]).flatMap(({ secret }) =>
    (secret?.items ?? []).map(({ key }) => `${secret?.secretName ?? ""}/${key}`),
  );
  return [...new Set([...fromEnv, ...fromVolumes])].sort();
};

/**
 * Changes when a Secret value this pod reads changes, and only then: a rotated password of one role
 * rolls the pods that use it and no others.
 */
export const configHashOf = (pod: PodParts, context: PlatformContext): string => {
  const digests = context.secretDigests;
  const { sandboxTrust } = context;
  const isTold = sandboxTrust !== undefined && JSON.stringify(pod).includes("configMapKeyRef");
  const trust = isTold ? sandboxTrust : undefined;
  return shortHash([secretKeysOf(pod).map((key) => [key, digests[key] ?? null]), trust ?? null]);
};
