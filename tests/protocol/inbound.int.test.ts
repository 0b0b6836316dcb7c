import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openSender,
  toPerson,
  openProtocolWorld,
  type ProtocolWorld,
} from "../support/protocol-world.ts";
import { sendOne } from "./outcomes.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

describe("inbound", () => {
  const hello = (change = {}) => ({
    chat: { kind: "phone", value: "+4915100000051" },
    sender: { kind: "phone", value: "+4915100000051" },
    providerMessageId: "IN-1",
    at: new Date().toISOString(),
    content: { type: "text", text: "hi" },
    backfilled: false,
    fromMe: false,
    ...change,
  });

  test("is stored once whatever the redelivery, also when the chat changes its address", async () => {
    const sender = await openSender(world, org);
    const [first, twin] = await sender.inbound([hello(), hello()]);
    expect([first.new, twin.new]).toEqual([true, false]);
    const lid = { kind: "lid", value: "111222333", alt: "+4915100000051" };
    const [again] = await sender.inbound([
      hello({ chat: lid, sender: { kind: "lid", value: "111222333" } }),
    ]);
    expect(again).toMatchObject({
      new: false,
      messageId: first.messageId,
      conversationId: first.conversationId,
    });
    const [second] = await sender.inbound([
      hello({ chat: { kind: "lid", value: "111222333" }, providerMessageId: "IN-2" }),
    ]);
    expect(second).toMatchObject({ new: true, conversationId: first.conversationId, seq: 2 });
  });

  test("two conversations of one person become one when the link is learned", async () => {
    const sender = await openSender(world, org);
    const [phone] = await sender.accept([toPerson("+4915100000061")]);
    const [lid] = await sender.inbound([
      hello({ chat: { kind: "lid", value: "999888777" }, sender: null }),
    ]);
    expect(lid.conversationId).not.toBe(phone.conversationId);
    const [merged] = await sender.inbound([
      hello({
        chat: { kind: "lid", value: "999888777", alt: "+4915100000061" },
        sender: null,
        providerMessageId: "IN-9",
      }),
    ]);
    expect(merged).toMatchObject({ new: true, conversationId: phone.conversationId, seq: 3 });
    const rows = await world.admin(
      "select distinct conversation_id from messaging.message where id = any($1)",
      [[phone.id, lid.messageId, merged.messageId]],
    );
    expect(rows).toEqual([{ conversation_id: phone.conversationId }]);
  });

  test("media, reactions and quotes find what they point at; an echo of our own send is evidence", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    const chat = { kind: "phone", value: "+4915100000001" };
    const [echo] = await sender.inbound([
      hello({ chat, fromMe: true, providerMessageId: attempt.providerToken }),
    ]);
    expect(echo).toMatchObject({ new: false, messageId: id });
    expect(await sender.message(id)).toMatchObject({ status: "server_acked" });
    const [quote, reaction, media] = await sender.inbound([
      hello({
        chat,
        content: { type: "text", text: "re", quotedProviderMessageId: attempt.providerToken },
      }),
      hello({
        chat,
        providerMessageId: "IN-2",
        content: { type: "reaction", emoji: "x", targetProviderMessageId: attempt.providerToken },
      }),
      hello({
        chat,
        providerMessageId: "IN-3",
        content: {
          type: "media",
          media: {
            kind: "image",
            contentType: "image/png",
            sizeBytes: 3,
            sha256: "s",
            storageKey: "k",
          },
        },
      }),
    ]);
    expect(await sender.message(quote.messageId)).toMatchObject({
      reply_to: id,
      content: { type: "text", text: "re" },
    });
    expect(await sender.message(reaction.messageId)).toMatchObject({
      content: { targetMessageId: id },
    });
    expect(await sender.message(media.messageId)).toMatchObject({
      content: { type: "image", mediaId: expect.any(String) as string, sizeBytes: 3 },
    });
    const read = await world.call(
      "rarity_orchestrator",
      org,
      "messaging.mark_conversation_read",
      quote.conversationId,
    );
    expect(read).toMatchObject({
      ok: true,
      unreadCount: 0,
      providerMessageIds: ["IN-1", "IN-2", "IN-3"],
    });
  });
});
