import { group } from "./names.ts";

/** The kinds the operator serves, by their names in URLs. */
export interface ResourceKind {
  group: string;
  version: string;
  plural: string;
  kind: string;
  hasStatus: boolean;
}

const ours = <K extends string>(kind: K, plural: string) =>
  ({ group, version: "v1alpha1", plural, kind, hasStatus: true }) as const;

export const resourceKinds = {
  Platform: ours("Platform", "platforms"),
  WhatsAppAccount: ours("WhatsAppAccount", "whatsappaccounts"),
  InstagramAccount: ours("InstagramAccount", "instagramaccounts"),
  FacebookPage: ours("FacebookPage", "facebookpages"),
  XAccount: ours("XAccount", "xaccounts"),
  LinkedInAccount: ours("LinkedInAccount", "linkedinaccounts"),
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
