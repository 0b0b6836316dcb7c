/** The kinds the operator serves, by their names in URLs. */
export interface ResourceKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
  hasStatus: boolean;
}

export const resourceKinds = {
  WhatsAppAccount: {
    group: "rarityleads.io",
    version: "v1alpha1",
    plural: "whatsappaccounts",
    kind: "WhatsAppAccount",
    hasStatus: true,
  },
  Deployment: {
    group: "apps",
    version: "v1",
    plural: "deployments",
    kind: "Deployment",
    hasStatus: true,
  },
  Pod: { group: "", version: "v1", plural: "pods", kind: "Pod", hasStatus: true },
  Secret: { group: "", version: "v1", plural: "secrets", kind: "Secret", hasStatus: false },
} as const satisfies Record<string, ResourceKind>;

export const allResourceKinds: readonly ResourceKind[] = Object.values(resourceKinds);

export const findKind = (kind: string): ResourceKind | undefined =>
  allResourceKinds.find((candidate) => candidate.kind === kind);

export const apiVersionOf = (resource: ResourceKind): string =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
