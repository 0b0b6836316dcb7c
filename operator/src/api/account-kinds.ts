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

/** What tells one channel's accounts from another's; everything else is common. */
export interface ChannelFacts {
  channel: "whatsapp" | "instagram" | "facebook" | "x" | "linkedin";
  port: number;
  /**
   * Session: one active holder for each credential set, further pods are standbys that take over by
   * lease. Workers: every pod sends.
   */
  replicasMean: "session" | "workers";
}

export const accountKinds: Record<AccountKind, ChannelFacts> = {
  WhatsAppAccount: { channel: "whatsapp", port: 3001, replicasMean: "session" },
  InstagramAccount: { channel: "instagram", port: 3002, replicasMean: "session" },
  FacebookPage: { channel: "facebook", port: 3003, replicasMean: "workers" },
  XAccount: { channel: "x", port: 3004, replicasMean: "workers" },
  LinkedInAccount: { channel: "linkedin", port: 3005, replicasMean: "workers" },
};
