import { componentName } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import { accountsServiceGrant } from "../../api/rbac.ts";
import { metadataOf } from "./service.ts";

/** Exactly the calls the accounts service makes (services/accounts, account-resources.ts). */
export const buildAccountRights = (platform: Platform): KubeObject[] => {
  const name = componentName(platform, "accounts");
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: metadataOf(platform, "accounts"),
      rules: [accountsServiceGrant],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: metadataOf(platform, "accounts"),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: platform.metadata.namespace }],
    },
  ];
};
