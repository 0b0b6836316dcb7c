import type { SendMessageBody } from "@rarity/contracts/messages";
import { hashOf } from "../domain/content-hash.ts";
import { freezeContent, mediaIdOf, refuseContent, targetIdOf } from "../domain/message-content.ts";
import { makeProviderToken } from "../domain/provider-token.ts";
import { routeMessage, type Leg } from "../domain/route-message.ts";
import type { Accepted, Caller, NewMessage, Refused, RoutingFacts, SendDeps } from "./ports.ts";

export interface SendInput {
  readonly caller: Caller;
  readonly body: SendMessageBody;
  /** Idempotency keys are scoped by it. */
  readonly route: string;
  readonly idempotencyKey: string | undefined;
}

/** Accepts a message: durable when this resolves with `ok`, and not yet sent. */
export async function sendMessage(deps: SendDeps, input: SendInput): Promise<Accepted> {
  const planned = await planMessage(deps, input);
  if (!planned.ok) return planned;
  const accepted = await deps.accept(planned.message);
  if (accepted.ok && !accepted.replayed) deps.onAccepted();
  return accepted;
}

/** Everything up to the commit; a dry run ends here. */
export async function planMessage(
  deps: SendDeps,
  input: SendInput,
): Promise<{ ok: true; message: NewMessage } | Refused> {
  const { body, caller } = input;
  const leadId = "leadId" in body.to ? body.to.leadId : undefined;
  const facts = await deps.readRoutingFacts(caller.orgId, {
    leadId,
    channels: body.channels,
    accountId: body.accountId,
    mediaId: mediaIdOf(body.content),
    messageIds: [body.replyTo, targetIdOf(body.content)].filter((id) => id !== undefined),
  });
  if (facts.missingMessageIds.length > 0) return unknownMessage(body, facts.missingMessageIds);
  const identities = "identity" in body.to ? [unscoped(body.to.identity)] : facts.identities;
  if (identities === undefined) return refuse("RECIPIENT_UNKNOWN", "There is no such lead");
  const routing = routeMessage({ ...body, accountId: body.accountId, ...facts, identities });
  if (!routing.ok) return refuse(routing.code, routing.message);
  const legs = carryingLegs(routing.legs, body, facts);
  if (!legs.ok) return legs;
  const content = freezeContent(body.content, facts.media);
  return {
    ok: true,
    message: {
      orgId: caller.orgId,
      id: deps.newId(),
      route: input.route,
      idempotencyKey: input.idempotencyKey,
      // Compared only where a key may come again.
      requestHash: input.idempotencyKey === undefined ? "" : hashOf(body),
      legs: withTokens(legs.legs, deps.randomHex),
      leadId,
      lane: body.priority,
      content,
      contentHash: hashOf(content),
      providerToken: makeProviderToken(legs.legs[0].channel, deps.randomHex),
      sendAt: body.sendAt,
      replyTo: body.replyTo,
      metadata: body.metadata,
      createdBy: caller.userId,
    },
  };
}

function unknownMessage(body: SendMessageBody, missing: readonly string[]): Refused {
  const path = missing.includes(body.replyTo ?? "") ? "replyTo" : "content.targetMessageId";
  return {
    ok: false,
    code: "VALIDATION_FAILED",
    message: "There is no such message to point at",
    details: { issues: [{ path, message: "unknown message", in: "body" }] },
  };
}

/** The first choice must be able to carry the content; a fallback that cannot is left out. */
function carryingLegs(
  [first, ...rest]: readonly [Leg, ...Leg[]],
  body: SendMessageBody,
  facts: RoutingFacts,
): { ok: true; legs: [Leg, ...Leg[]] } | Refused {
  const refusal = refuseContent(first.channel, body.content, facts.media);
  if (refusal) return { ok: false, ...refusal };
  const able = rest.filter((leg) => !refuseContent(leg.channel, body.content, facts.media));
  return { ok: true, legs: [first, ...able] };
}

/** A fallback is sent under an id of its own channel's shape, chosen now like everything else. */
function withTokens(
  [first, ...rest]: readonly [Leg, ...Leg[]],
  randomHex: SendDeps["randomHex"],
): NewMessage["legs"] {
  const chain = rest.map((leg) => ({
    ...leg,
    providerToken: makeProviderToken(leg.channel, randomHex),
  }));
  return [first, ...chain];
}

function unscoped<T>(identity: T): T & { scopeAccountId: null } {
  return { ...identity, scopeAccountId: null };
}

function refuse(code: Refused["code"], message: string): Refused {
  return { ok: false, code, message, details: {} };
}
