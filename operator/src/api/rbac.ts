import { group, metricsCertificateName } from "./names.ts";

/**
 * Every right of the operator, in one place. The chart's roles are generated from it, and the audit
 * log of the tests is compared with it: a right that nothing uses is taken out here.
 */
export interface Grant {
  /** For people who review the roles. */
  why: string;
  apiGroups: readonly string[];
  resources: readonly string[];
  resourceNames?: readonly string[];
  verbs: readonly string[];
}

export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

const look = ["list", "watch"] as const;
/** A write that lost a race reads again what there is now. */
const read = ["get", ...look] as const;
/** Server-side apply is a patch, and a create where the object is new. */
const own = [...read, "create", "patch", "delete"] as const;

/** What the accounts service does with account resources of its own namespace, and with which kinds. */
export const accountsServiceGrant = {
  apiGroups: [group],
  resources: ["whatsappaccounts"],
  verbs: ["create", "delete", "list", "patch"],
} as const;

/** Of these, what the operator does not do itself. */
export const handedOnVerbs = ["create", "delete"] as const;

/** The kinds of account, as their URLs name them. */
export const accountPlurals = [
  "facebookpages",
  "instagramaccounts",
  "linkedinaccounts",
  "whatsappaccounts",
  "xaccounts",
] as const;
const kinds = [...accountPlurals, "platforms"] as const;

const owned = (apiGroup: string, resources: readonly string[], why: string): Grant => ({
  why,
  apiGroups: [apiGroup],
  resources,
  verbs: own,
});

/** In every namespace it looks after. */
export const watchedGrants: readonly Grant[] = [
  {
    why: "reads what is wished for; a patch sets the finalizer, never spec",
    apiGroups: [group],
    resources: accountPlurals,
    verbs: [...read, "patch"],
  },
  {
    why: "and for whole installations, which have no finalizer",
    apiGroups: [group],
    resources: ["platforms"],
    verbs: look,
  },
  {
    why: "says what is",
    apiGroups: [group],
    resources: kinds.map((kind) => `${kind}/status`),
    verbs: ["patch"],
  },
  {
    why: "hands them on to the accounts service: nobody can grant what they lack",
    apiGroups: [group],
    resources: accountsServiceGrant.resources,
    verbs: handedOnVerbs,
  },
  owned("apps", ["deployments"], "core services and account pods"),
  {
    why: "migrations, which are made and thrown away, and never changed",
    apiGroups: ["batch"],
    resources: ["jobs"],
    verbs: [...look, "create", "patch", "delete"],
  },
  owned("", ["configmaps", "serviceaccounts", "services"], "what the pods of a Platform stand on"),
  owned("networking.k8s.io", ["ingresses", "networkpolicies"], "the way in, and no other"),
  owned("policy", ["poddisruptionbudgets"], "one eviction at a time"),
  owned("autoscaling", ["horizontalpodautoscalers"], "scaling modes External and Builtin"),
  {
    why: "scaling mode External: whether the cluster's metrics server answers for the demand",
    apiGroups: ["external.metrics.k8s.io"],
    resources: ["rarity_account_demand"],
    verbs: ["list"],
  },
  owned("rbac.authorization.k8s.io", ["roles", "rolebindings"], "the accounts service's Role"),
  owned("gateway.networking.k8s.io", ["httproutes"], "where Gateways are"),
  owned("keda.sh", ["scaledobjects"], "scaling mode Keda"),
  owned("monitoring.coreos.com", ["podmonitors", "prometheusrules"], "where Prometheus' kinds are"),
  {
    why: "why a pod does not start",
    apiGroups: [""],
    resources: ["pods"],
    verbs: look,
  },
  {
    why: "the token for the services' internal API, in the Secret a Platform names; never listed",
    apiGroups: [""],
    resources: ["secrets"],
    verbs: ["get"],
  },
  {
    why: "tells people what it did",
    apiGroups: ["events.k8s.io"],
    resources: ["events"],
    verbs: ["create", "patch"],
  },
];

/** In its own namespace. */
export const ownGrants: readonly Grant[] = [
  {
    why: "one leader at a time",
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["get", "create", "update"],
  },
];

/** With the metrics server, in its own namespace: the serving certificate all replicas share. */
export const certificateGrants: readonly Grant[] = [
  { why: "the first one makes it", apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
  {
    why: "kept and renewed",
    apiGroups: [""],
    resources: ["secrets"],
    resourceNames: [metricsCertificateName],
    verbs: ["get", "update"],
  },
];

/** With the metrics server, in the whole cluster. */
export const reviewGrants: readonly Grant[] = [
  {
    why: "who asks",
    apiGroups: ["authentication.k8s.io"],
    resources: ["tokenreviews"],
    verbs: ["create"],
  },
  {
    why: "and whether they may",
    apiGroups: ["authorization.k8s.io"],
    resources: ["subjectaccessreviews"],
    verbs: ["create"],
  },
];

/** Where it serves external.metrics.k8s.io, in the whole cluster. */
export const registrationGrants: readonly Grant[] = [
  {
    why: "puts its certificate authority into the registration the chart makes",
    apiGroups: ["apiregistration.k8s.io"],
    resources: ["apiservices"],
    resourceNames: ["v1beta1.external.metrics.k8s.io"],
    verbs: ["get", "patch"],
  },
];

/** Of the Job that runs after the operator is uninstalled, where accounts are. */
export const releaseGrants: readonly Grant[] = [
  {
    why: "takes the finalizer off, so that nothing waits for an operator that is gone",
    apiGroups: [group],
    resources: kinds,
    verbs: ["get", "list", "patch"],
  },
];

/** And in the operator's own namespace. */
export const releasePodGrants: readonly Grant[] = [
  { why: "waits until it is gone", apiGroups: [""], resources: ["pods"], verbs: ["list"] },
];

/** What people get beside the cluster's own roles view, edit and admin. */
export const peopleGrants = {
  view: [
    {
      why: "look",
      apiGroups: [group],
      resources: kinds.flatMap((kind) => [kind, `${kind}/status`]),
      verbs: read,
    },
  ],
  edit: [
    {
      why: "make and change accounts",
      apiGroups: [group],
      resources: accountPlurals,
      verbs: ["create", "delete", "deletecollection", "patch", "update"],
    },
    {
      why: "scale them by hand",
      apiGroups: [group],
      resources: accountPlurals.map((kind) => `${kind}/scale`),
      verbs: ["get", "patch", "update"],
    },
  ],
  admin: [
    {
      why: "make and change the installation",
      apiGroups: [group],
      resources: ["platforms"],
      verbs: ["create", "delete", "deletecollection", "patch", "update"],
    },
  ],
} as const satisfies Record<string, readonly Grant[]>;

export const rulesOf = (grants: readonly Grant[]): PolicyRule[] =>
  grants.map(({ apiGroups, resources, resourceNames, verbs }) => ({
    apiGroups: [...apiGroups],
    resources: [...resources],
    ...(resourceNames === undefined ? {} : { resourceNames: [...resourceNames] }),
    verbs: [...verbs],
  }));
