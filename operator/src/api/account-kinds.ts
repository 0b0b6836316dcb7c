import type { FacebookPageSpec, FacebookPageStatus } from "./generated/facebook-page.ts";
import type {
  InstagramAccountSpec,
  InstagramAccountStatus,
} from "./generated/instagram-account.ts";
import type { LinkedInAccountSpec, LinkedInAccountStatus } from "./generated/linkedin-account.ts";
import type { XAccountSpec, XAccountStatus } from "./generated/x-account.ts";
import type { KubeObject, ObjectMeta } from "./objects.ts";
import type { WhatsAppAccount } from "./whatsapp-account.ts";

interface AccountObject<K extends string, Spec, Status> extends KubeObject {
  kind: K;
  metadata: ObjectMeta;
  spec: Spec;
  status?: Status;
}

export type InstagramAccount = AccountObject<
  "InstagramAccount",
  InstagramAccountSpec,
  InstagramAccountStatus
>;
export type FacebookPage = AccountObject<"FacebookPage", FacebookPageSpec, FacebookPageStatus>;
export type XAccount = AccountObject<"XAccount", XAccountSpec, XAccountStatus>;
export type LinkedInAccount = AccountObject<
  "LinkedInAccount",
  LinkedInAccountSpec,
  LinkedInAccountStatus
>;

/** One sending account of one organization, whatever the channel. */
export type Account =
  WhatsAppAccount | InstagramAccount | FacebookPage | XAccount | LinkedInAccount;
export type AccountKind = Account["kind"];

export type Channel = "whatsapp" | "instagram" | "facebook" | "x" | "linkedin";
export type AccountStatus = NonNullable<Account["status"]>;

/**
 * Session: one active holder for each credential set, further pods are standbys that take over by
 * lease. Workers: every pod sends.
 */
export type ReplicasMean = "session" | "workers";

/** A variable of the channel process that comes from a Secret the account names. */
export interface SecretVariable {
  env: string;
  /** The field of the spec with the reference; a `{name, key}`, or a `{name}` with `key` here. */
  field: string;
  key?: string;
  isOptional?: boolean;
  /** Only with this transport. */
  transport?: string;
}

/** What tells one channel's accounts from another's; everything else is common. */
export interface ChannelFacts {
  channel: Channel;
  port: number;
  /** GPL parts are in images of their own. */
  image: "whatsapp" | "services";
  replicasMean: ReplicasMean;
  /** Transports with another meaning of replicas. */
  replicasMeanByTransport?: Readonly<Record<string, ReplicasMean>>;
  /** How a person lets us in: by linking a phone, or by credentials in a Secret. */
  access: "pairing" | "credentials";
  secrets: readonly SecretVariable[];
  /** Fields of the spec the channel process gets as they are, beside the common ones. */
  settings: readonly string[];
}

const secret = (
  env: string,
  field: string,
  parts: Partial<SecretVariable> = {},
): SecretVariable => ({
  env,
  field,
  ...parts,
});
const proxy = secret("PROXY_URL", "proxySecretRef");
const credential = (
  env: string,
  key: string,
  parts: Partial<SecretVariable> = {},
): SecretVariable => secret(env, "credentialsSecretRef", { key, ...parts });

export const accountKinds: Record<AccountKind, ChannelFacts> = {
  WhatsAppAccount: {
    channel: "whatsapp",
    port: 3001,
    image: "whatsapp",
    replicasMean: "session",
    access: "pairing",
    secrets: [proxy],
    settings: ["phone", "pairing"],
  },
  InstagramAccount: {
    channel: "instagram",
    port: 3002,
    image: "services",
    replicasMean: "session",
    replicasMeanByTransport: { Official: "workers" },
    access: "credentials",
    secrets: [
      credential("INSTAGRAM_PASSWORD", "password", { transport: "Private" }),
      credential("INSTAGRAM_TOTP_SECRET", "totpSecret", { transport: "Private", isOptional: true }),
      credential("INSTAGRAM_ACCESS_TOKEN", "accessToken", { transport: "Official" }),
      credential("INSTAGRAM_APP_SECRET", "appSecret", { transport: "Official" }),
      proxy,
    ],
    settings: ["username", "transport", "storyReplies"],
  },
  FacebookPage: {
    channel: "facebook",
    port: 3003,
    image: "services",
    replicasMean: "workers",
    access: "credentials",
    secrets: [
      secret("FACEBOOK_ACCESS_TOKEN", "accessTokenSecretRef"),
      secret("FACEBOOK_APP_SECRET", "appSecretRef"),
      secret("FACEBOOK_VERIFY_TOKEN", "verifyTokenSecretRef"),
    ],
    settings: ["pageId", "outsideWindow"],
  },
  XAccount: {
    channel: "x",
    port: 3004,
    image: "services",
    replicasMean: "workers",
    access: "credentials",
    secrets: [
      credential("X_CLIENT_ID", "clientId"),
      credential("X_CLIENT_SECRET", "clientSecret"),
      credential("X_REFRESH_TOKEN", "refreshToken"),
      secret("X_CONSUMER_SECRET", "consumerSecretRef"),
    ],
    settings: ["username", "inbound"],
  },
  LinkedInAccount: {
    channel: "linkedin",
    port: 3005,
    image: "services",
    replicasMean: "workers",
    replicasMeanByTransport: { Session: "session" },
    access: "credentials",
    secrets: [
      credential("LINKEDIN_BASE_URL", "baseUrl", { transport: "Hosted" }),
      credential("LINKEDIN_API_KEY", "apiKey", { transport: "Hosted" }),
      credential("LINKEDIN_ACCOUNT_ID", "accountId", { transport: "Hosted" }),
      credential("LINKEDIN_LI_AT", "liAt", { transport: "Session" }),
      credential("LINKEDIN_JSESSIONID", "jsessionId", { transport: "Session" }),
      proxy,
    ],
    settings: ["profileUrl", "transport", "invitations", "inMailsPerDay"],
  },
};

export const allAccountKinds = Object.keys(accountKinds) as AccountKind[];

export const isAccount = (object: KubeObject): object is Account => object.kind in accountKinds;

const transportOf = ({ spec }: Account): string | undefined =>
  "transport" in spec ? spec.transport : undefined;

export const replicasMeanOf = (account: Account): ReplicasMean => {
  const { replicasMean, replicasMeanByTransport } = accountKinds[account.kind];
  return replicasMeanByTransport?.[transportOf(account) ?? ""] ?? replicasMean;
};

/** A reference to one key of a Secret, by name only. */
export interface SecretReference {
  env: string;
  name: string;
  key: string;
  isOptional: boolean;
}

/** Every Secret key the account names, for the variables its process reads them from. */
export const secretReferencesOf = (account: Account): SecretReference[] => {
  const spec = account.spec as unknown as Record<
    string,
    { name: string; key?: string } | undefined
  >;
  return accountKinds[account.kind].secrets.flatMap((variable) => {
    const { env, field, transport, isOptional = false } = variable;
    const reference = spec[field];
    if (reference === undefined) return [];
    if (transport !== undefined && transport !== transportOf(account)) return [];
    const key = variable.key ?? reference.key;
    return key === undefined ? [] : [{ env, name: reference.name, key, isOptional }];
  });
};

/** The settings the channel process reads as ACCOUNT_SPEC: everything but references. */
export const settingsOf = (account: Account): Record<string, unknown> => {
  const spec = account.spec as unknown as Record<string, unknown>;
  const fields = ["displayName", ...accountKinds[account.kind].settings, "limits", "pacing"];
  return Object.fromEntries(fields.flatMap((name) => (name in spec ? [[name, spec[name]]] : [])));
};
