import { SendMessageBody } from "@rarity/contracts/messages";
import { expect, test } from "vitest";
import type { Accepted, NewMessage, RoutingFacts, SendDeps } from "./ports.ts";
import { sendMessage } from "./send-message.ts";

const accountId = "01900000-0000-7000-8000-00000000000a";
const leadId = "01900000-0000-7000-8000-00000000000b";
const caller = { orgId: "org", userId: "user" };
const account = { id: accountId, channel: "whatsapp", state: "connected", paused: false } as const;
const identity = { channel: "whatsapp", kind: "phone", value: "14155550100" };

function send(body: object, facts: Partial<RoutingFacts> = {}, replayed = false) {
  const accepted: NewMessage[] = [];
  let hints = 0;
  const deps: SendDeps = {
    readRoutingFacts: () =>
      Promise.resolve({
        identities: [],
        accounts: [account],
        media: undefined,
        missingMessageIds: [],
        ...facts,
      }),
    accept: (message) => {
      accepted.push(message);
      return Promise.resolve({ ok: true, replayed } as Accepted);
    },
    onAccepted: () => (hints += 1),
    newId: () => "id",
    randomHex: (bytes) => "ab".repeat(bytes),
  };
  const parsed = SendMessageBody.parse({ content: { type: "text", text: "hello" }, ...body });
  const input = { caller, body: parsed, route: "send", idempotencyKey: undefined };
  return sendMessage(deps, input).then((result) => ({ result, accepted, hints }));
}

test("a message is frozen, routed and given its token before it is accepted", async () => {
  const { accepted, hints } = await send({ to: { identity } });
  expect(accepted[0]).toMatchObject({
    legs: [{ accountId, recipientValue: "+14155550100" }],
    content: { type: "text", text: "hello" },
    lane: "opener",
    providerToken: "3EB0ABABABABABABABABAB",
  });
  expect(hints).toBe(1);
});

test("a replay hints nobody", async () => {
  expect((await send({ to: { identity } }, {}, true)).hints).toBe(0);
});

test.each([
  ["an unknown lead", { to: { leadId } }, { identities: undefined }, "RECIPIENT_UNKNOWN"],
  ["a lead without an address", { to: { leadId } }, {}, "RECIPIENT_UNKNOWN"],
  ["no account", { to: { identity } }, { accounts: [] }, "CHANNEL_UNAVAILABLE"],
  [
    "media that is not stored",
    { to: { identity }, content: { type: "image", mediaId: leadId } },
    {},
    "VALIDATION_FAILED",
  ],
  [
    "a quote of an unknown message",
    { to: { identity }, replyTo: leadId },
    { missingMessageIds: [leadId] },
    "VALIDATION_FAILED",
  ],
])("%s is refused and nothing is stored", async (_, body, facts, code) => {
  const { result, accepted } = await send(body, facts);
  expect(result).toMatchObject({ ok: false, code });
  expect(accepted).toEqual([]);
});
