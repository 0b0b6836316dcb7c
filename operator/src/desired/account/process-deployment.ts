import { accountKinds, type Account } from "../../api/account-kinds.ts";
import { annotations, envSecretName, shortHash } from "../../api/names.ts";
import type { Deployment, Probe, Secret } from "../../api/workloads.ts";
import { accountEnv } from "./environment.ts";
import type { ChannelTemplate } from "./installation.ts";
import { accountLabels, childMetadata, selectorLabels } from "./labels.ts";

/** The connection strings and keys of the channel process; kept out of the Deployment. */
export const buildEnvSecret = (account: Account, template: ChannelTemplate): Secret => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: childMetadata(account, envSecretName(account)),
  data: Object.fromEntries(
    Object.entries(template.env).map(([name, value]) => [
      name,
      Buffer.from(value).toString("base64"),
    ]),
  ),
});

/** The Deployment of one account's processes on the local runtime. */
export const buildProcessDeployment = (
  account: Account,
  template: ChannelTemplate,
  replicas: number | undefined,
): Deployment => {
  const { channel, port } = accountKinds[account.kind];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMetadata(account),
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      strategy: { type: "Recreate" },
      selector: { matchLabels: selectorLabels(account) },
      template: {
        metadata: {
          labels: accountLabels(account),
          // Pods are replaced when their environment changes, though it is in a Secret.
          annotations: { [annotations.envHash]: shortHash(template.env) },
        },
        spec: {
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: channel,
              command: [...template.command, `services/${channel}/src/main.ts`],
              ...(template.workingDirectory === undefined
                ? {}
                : { workingDir: template.workingDirectory }),
              envFrom: [{ secretRef: { name: envSecretName(account) } }],
              env: accountEnv(account),
              ports: [{ name: "http", containerPort: port }],
              livenessProbe: probe("/livez", 10),
              readinessProbe: probe("/readyz", 2),
            },
          ],
        },
      },
    },
  };
};

const probe = (path: string, periodSeconds: number): Probe => ({
  httpGet: { path, port: "http" },
  periodSeconds,
  timeoutSeconds: 2,
  failureThreshold: 3,
});
