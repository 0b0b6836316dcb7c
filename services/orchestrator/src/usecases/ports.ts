import type { Channel } from "@rarity/contracts/channels";
import type { ErrorCode } from "@rarity/contracts/errors";
import type { AcceptedMessage } from "@rarity/contracts/messages";
import type { Lane } from "@rarity/contracts/status";
import type { FrozenContent, StoredMedia } from "../domain/message-content.ts";
import type { CandidateAccount, CandidateIdentity, Leg } from "../domain/route-message.ts";

export interface Caller {
  readonly orgId: string;
  readonly userId: string;
}

/** What routing needs to know, read in one tenant transaction. */
export interface RoutingFacts {
  /** Undefined when there is no such lead; an opted-out lead has no identities. */
  readonly identities: readonly CandidateIdentity[] | undefined;
  readonly accounts: readonly CandidateAccount[];
  readonly media: StoredMedia | undefined;
  /** Of the messages asked for, those the organization does not have. */
  readonly missingMessageIds: readonly string[];
}

export interface RoutingQuery {
  readonly leadId: string | undefined;
  readonly channels: readonly Channel[];
  readonly accountId: string | undefined;
  readonly mediaId: string | undefined;
  /** Messages this one quotes or reacts to. */
  readonly messageIds: readonly string[];
}

export interface NewMessage {
  readonly orgId: string;
  readonly id: string;
  readonly route: string;
  readonly idempotencyKey: string | undefined;
  readonly requestHash: string;
  /** The route to try first, then the fallbacks with the provider tokens they would be sent under. */
  readonly legs: readonly [Leg, ...(Leg & { providerToken: string })[]];
  readonly leadId: string | undefined;
  readonly lane: Lane;
  readonly content: FrozenContent;
  readonly contentHash: string;
  readonly providerToken: string;
  readonly sendAt: string | undefined;
  readonly replyTo: string | undefined;
  readonly metadata: Record<string, string> | undefined;
  readonly createdBy: string;
}

export interface Refused {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, unknown>;
}

export type Accepted = { ok: true; message: AcceptedMessage; replayed: boolean } | Refused;

export interface SendDeps {
  readonly readRoutingFacts: (orgId: string, query: RoutingQuery) => Promise<RoutingFacts>;
  /** Joins the current group; resolves when its commit was acknowledged. */
  readonly accept: (message: NewMessage) => Promise<Accepted>;
  readonly onAccepted: () => void;
  readonly newId: () => string;
  readonly randomHex: (bytes: number) => string;
}
