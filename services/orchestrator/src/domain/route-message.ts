import type { Channel, IdentityKind } from "@rarity/contracts/channels";

export interface CandidateIdentity {
  readonly channel: Channel;
  readonly kind: IdentityKind;
  readonly value: string;
  /** Set when only this account may use the address. */
  readonly scopeAccountId: string | null;
}

export interface CandidateAccount {
  readonly id: string;
  readonly channel: Channel;
  readonly state: string;
  readonly paused: boolean;
}

export interface Leg {
  readonly channel: Channel;
  readonly accountId: string;
  readonly recipientKind: IdentityKind;
  readonly recipientValue: string;
}

export type Routing =
  | { ok: true; legs: [Leg, ...Leg[]] }
  | {
      ok: false;
      code: "RECIPIENT_UNKNOWN" | "ACCOUNT_NOT_FOUND" | "CHANNEL_UNAVAILABLE";
      message: string;
    };

export interface RoutingInput {
  readonly channels: readonly Channel[];
  readonly accountId: string | undefined;
  readonly identities: readonly CandidateIdentity[];
  readonly accounts: readonly CandidateAccount[];
}

/** Smaller is better. An account missing here cannot send without a human. */
const stateRank: Record<string, number> = {
  connected: 0,
  hibernated: 1,
  connecting: 1,
  reconnecting: 1,
  pending: 2,
  pairing: 2,
  restricted: 3,
};

/** Turns a chain of channels into legs: who sends to which address, first choice first. */
export function routeMessage(input: RoutingInput): Routing {
  const asked = input.accounts.find(({ id }) => id === input.accountId);
  if (input.accountId !== undefined && asked === undefined) {
    return { ok: false, code: "ACCOUNT_NOT_FOUND", message: "There is no such sending account" };
  }
  const reachable = input.channels.filter((channel) =>
    input.identities.some((identity) => identity.channel === channel),
  );
  if (reachable.length === 0) {
    return {
      ok: false,
      code: "RECIPIENT_UNKNOWN",
      message: `The recipient has no address on ${input.channels.join(", ")}`,
    };
  }
  const [first, ...rest] = reachable.flatMap((channel) => legOf(channel, input, asked) ?? []);
  if (first !== undefined) return { ok: true, legs: [first, ...rest] };
  return {
    ok: false,
    code: "CHANNEL_UNAVAILABLE",
    message: `No account can send on ${reachable.join(", ")}`,
  };
}

function legOf(
  channel: Channel,
  input: RoutingInput,
  asked: CandidateAccount | undefined,
): Leg | undefined {
  for (const account of accountsFor(channel, input, asked)) {
    const identity = input.identities.find(
      ({ channel: on, scopeAccountId }) =>
        on === channel && (scopeAccountId === null || scopeAccountId === account.id),
    );
    if (identity === undefined) continue;
    const { kind, value } = identity;
    return { channel, accountId: account.id, recipientKind: kind, recipientValue: value };
  }
  return undefined;
}

function accountsFor(
  channel: Channel,
  input: RoutingInput,
  asked: CandidateAccount | undefined,
): CandidateAccount[] {
  // Named by the caller: taken whatever its state, the message waits and says why.
  if (asked?.channel === channel) return [asked];
  return input.accounts
    .filter((account) => account.channel === channel && stateRank[account.state] !== undefined)
    .sort((left, right) => rankOf(left) - rankOf(right) || left.id.localeCompare(right.id));
}

function rankOf(account: CandidateAccount): number {
  return (stateRank[account.state] ?? 9) + (account.paused ? 10 : 0);
}
