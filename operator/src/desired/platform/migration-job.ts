import { componentName, migrationJobName, selectorLabelsOf } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import { imageOf, versionOf, type PlatformContext } from "./context.ts";
import {
  containerSecurity,
  podSecurity,
  pullSettings,
  secretEnv,
  temporaryMount,
  temporaryVolume,
} from "./pod.ts";
import { metadataOf } from "./service.ts";

const deadlineSeconds = 600;

/** The keys of the database Secret, each the URL of one role. */
export const roleKeys = ["orchestrator", "leads", "accounts", "auth", "whatsapp"] as const;

/** Applies the migrations of a version once. Everything else of that version waits for it. */
export const buildMigrationJob = (context: PlatformContext): KubeObject => {
  const { platform } = context;
  const { database, secretsRef } = platform.spec;
  const { pullPolicy, ...pull } = pullSettings(context);
  const name = migrationJobName(platform, versionOf(context));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadataOf(platform, "migrate", name),
    spec: {
      backoffLimit: 5,
      activeDeadlineSeconds: deadlineSeconds,
      template: {
        metadata: { labels: metadataOf(platform, "migrate").labels ?? {} },
        spec: {
          ...pull,
          // Failed pods stay: what they said last is shown in the Platform's conditions.
          restartPolicy: "Never",
          serviceAccountName: componentName(platform, "migrate"),
          automountServiceAccountToken: false,
          securityContext: podSecurity,
          containers: [
            {
              name: "migrate",
              image: imageOf(context, "services"),
              imagePullPolicy: pullPolicy,
              args: ["services/platform/src/migrate-main.ts"],
              env: [
                secretEnv("DATABASE_ADMIN_URL", database.secretName, "adminUrl"),
                secretEnv("TENANT_SEAL_KEY", secretsRef.name, "tenantSealKey"),
                ...roleKeys.map((role) =>
                  secretEnv(`${role.toUpperCase()}_URL`, database.secretName, `${role}Url`),
                ),
              ],
              resources: {
                requests: { cpu: "100m", memory: "256Mi" },
                limits: { memory: "256Mi" },
              },
              terminationMessagePolicy: "FallbackToLogsOnError",
              securityContext: containerSecurity,
              volumeMounts: [temporaryMount],
            },
          ],
          volumes: [temporaryVolume],
        },
      },
    },
  };
};

export const migrationSelector = (context: PlatformContext): Record<string, string> =>
  selectorLabelsOf(context.platform, "migrate");
