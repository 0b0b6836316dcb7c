import {
  accountIdOf,
  annotations,
  apiVersion,
  deploymentName,
  envSecretName,
  labels,
  shortHash,
} from "../api/names.ts";
import { controllerReference } from "../api/objects.ts";
import type { Deployment, EnvVar, Secret } from "../api/workloads.ts";
import type { WhatsAppAccount } from "../api/whatsapp-account.ts";

/** What every channel process gets from the installation: how to start, and where things are. */
export interface ChannelTemplate {
  command: string[];
  workingDirectory?: string | undefined;
  env: Record<string, string>;
}

export const podLabels = (account: WhatsAppAccount): Record<string, string> => ({
  [labels.name]: "whatsapp",
  [labels.instance]: account.metadata.name,
  [labels.managedBy]: "rarity-operator",
  [labels.partOf]: "rarity-leads",
  [labels.accountId]: accountIdOf(account),
});

export const selectorLabels = (account: WhatsAppAccount): Record<string, string> => ({
  [labels.name]: "whatsapp",
  [labels.instance]: account.metadata.name,
});

/** The connection strings and keys of the channel process; kept out of the Deployment. */
export const buildEnvSecret = (account: WhatsAppAccount, template: ChannelTemplate): Secret => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: envSecretName(account),
    namespace: account.metadata.namespace,
    labels: podLabels(account),
    ownerReferences: [controllerReference(account)],
  },
  data: Object.fromEntries(
    Object.entries(template.env).map(([name, value]) => [
      name,
      Buffer.from(value).toString("base64"),
    ]),
  ),
});

/** The Deployment of one account's channel pods. */
export const buildDeployment = (
  account: WhatsAppAccount,
  template: ChannelTemplate,
  replicas: number,
): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: deploymentName(account),
    namespace: account.metadata.namespace,
    labels: podLabels(account),
    ownerReferences: [controllerReference(account)],
  },
  spec: {
    replicas,
    strategy: { type: "Recreate" },
    selector: { matchLabels: selectorLabels(account) },
    template: {
      metadata: {
        labels: podLabels(account),
        // Pods are replaced when their environment changes, though it is in a Secret.
        annotations: { [annotations.envHash]: shortHash(template.env) },
      },
      spec: {
        terminationGracePeriodSeconds: 30,
        containers: [
          {
            name: "whatsapp",
            command: template.command,
            ...(template.workingDirectory === undefined
              ? {}
              : { workingDir: template.workingDirectory }),
            envFrom: [{ secretRef: { name: envSecretName(account) } }],
            env: buildEnv(account),
            ports: [{ name: "http", containerPort: 3001 }],
            livenessProbe: probe("/livez", 10),
            readinessProbe: probe("/readyz", 2),
          },
        ],
      },
    },
  },
});

const probe = (
  path: string,
  periodSeconds: number,
): NonNullable<Deployment["spec"]["template"]["spec"]["containers"][number]["livenessProbe"]> => ({
  httpGet: { path, port: "http" },
  periodSeconds,
  timeoutSeconds: 2,
  failureThreshold: 3,
});

const buildEnv = (account: WhatsAppAccount): EnvVar[] => {
  const { orgId, displayName, phone, pairing, limits, pacing, proxySecretRef } = account.spec;
  const podName = { fieldRef: { fieldPath: "metadata.name" } } as const;
  const env: EnvVar[] = [
    { name: "ACCOUNT_ID", value: accountIdOf(account) },
    { name: "ORG_ID", value: orgId },
    { name: "HOLDER", valueFrom: podName },
    {
      name: "ACCOUNT_SPEC",
      value: JSON.stringify({ apiVersion, displayName, phone, pairing, limits, pacing }),
    },
  ];
  if (proxySecretRef === undefined) return env;
  return [...env, { name: "PROXY_URL", valueFrom: { secretKeyRef: proxySecretRef } }];
};
