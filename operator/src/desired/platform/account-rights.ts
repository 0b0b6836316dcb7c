import { group } from "../../api/names.ts";
import { componentName } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import { accountPlurals } from "../../api/rbac.ts";
import { metadataOf } from "./service.ts";

/** Exactly the calls the accounts service makes: account resources of its own namespace. */
export const accountVerbs = ["create", "delete", "get", "list", "patch"] as const;

export const buildAccountRights = (platform: Platform): KubeObject[] => {
  const name = componentName(platform, "accounts");
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: metadataOf(platform, "accounts"),
      rules: [{ apiGroups: [group], resources: [...accountPlurals], verbs: [...accountVerbs] }],
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
