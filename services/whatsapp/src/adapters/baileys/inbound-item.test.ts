import { proto } from "@whiskeysockets/baileys";
import type { WAMessage } from "@whiskeysockets/baileys";
import { describe, expect, test } from "vitest";
import { envelopeOf, readMessage } from "./inbound-item.ts";

const me = { id: "15550001001:7@s.whatsapp.net", lid: "900000000000001:7@lid" };
const now = Date.parse("2026-01-02T03:04:05Z");

const message = (key: WAMessage["key"], more: Partial<WAMessage> = {}): WAMessage => ({
  key,
  messageTimestamp: 1_767_300_000,
  ...more,
});

describe("envelopeOf", () => {
  test("names the chat by both addresses when WhatsApp gives both", () => {
    const key = {
      id: "A",
      remoteJid: "900000000000002@lid",
      remoteJidAlt: "15550001002@s.whatsapp.net",
    };
    expect(envelopeOf(message(key, { pushName: "Lead" }), me, now)).toEqual({
      chat: { kind: "lid", value: "900000000000002", alt: "+15550001002" },
      sender: { kind: "lid", value: "900000000000002", alt: "+15550001002" },
      providerMessageId: "A",
      at: new Date(1_767_300_000_000).toISOString(),
      backfilled: false,
      fromMe: false,
      pushName: "Lead",
    });
  });

  test("takes what another device of ours wrote as ours", () => {
    const key = { id: "A", remoteJid: "15550001002@s.whatsapp.net", fromMe: true };
    const envelope = envelopeOf(message(key, { pushName: "Sales" }), me, now);
    expect(envelope).toMatchObject({
      chat: { value: "+15550001002" },
      sender: { kind: "phone", value: "+15550001001", alt: "900000000000001" },
      fromMe: true,
    });
    expect(envelope).not.toHaveProperty("pushName");
  });

  test.each([
    "120363000000000000@g.us",
    "status@broadcast",
    "120363000000000000@newsletter",
    // Notes to oneself, under either address.
    "15550001001@s.whatsapp.net",
    "900000000000001@lid",
  ])("leaves out %s", (remoteJid) => {
    expect(envelopeOf(message({ id: "A", remoteJid }), me, now)).toBeUndefined();
  });
});

describe("readMessage", () => {
  const read = (content: proto.IMessage) => readMessage(content);

  test("reads plain and extended text, and what it quotes", () => {
    expect(read({ conversation: "hi" })).toEqual({
      type: "ready",
      content: { type: "text", text: "hi" },
    });
    expect(read({ extendedTextMessage: { text: "yes", contextInfo: { stanzaId: "Q" } } })).toEqual({
      type: "ready",
      content: { type: "text", text: "yes", quotedProviderMessageId: "Q" },
    });
  });

  test("looks inside a disappearing message", () => {
    expect(read({ ephemeralMessage: { message: { conversation: "hi" } } })).toMatchObject({
      content: { type: "text", text: "hi" },
    });
  });

  test("reads a reaction and its removal", () => {
    const key = { id: "T" };
    const content = { type: "reaction", targetProviderMessageId: "T" };
    expect(read({ reactionMessage: { key, text: "+" } })).toMatchObject({
      content: { ...content, emoji: "+" },
    });
    expect(read({ reactionMessage: { key, text: "" } })).toMatchObject({
      content: { ...content, emoji: "" },
    });
  });

  test.each([
    ["image", { imageMessage: { mimetype: "image/png", caption: "c" } }],
    ["video", { videoMessage: { mimetype: "video/mp4" } }],
    ["document", { documentMessage: { mimetype: "application/pdf", fileName: "a.pdf" } }],
    ["audio", { audioMessage: { mimetype: "audio/mp4" } }],
    ["voice", { audioMessage: { mimetype: "audio/ogg; codecs=opus", ptt: true } }],
    ["sticker", { stickerMessage: { mimetype: "image/webp" } }],
  ] as const)("reads a file as %s", (kind, content) => {
    expect(read(content)).toMatchObject({ type: "media", part: { kind } });
  });

  test("says what it cannot show", () => {
    expect(read({ locationMessage: { degreesLatitude: 1 } })).toEqual({
      type: "ready",
      content: { type: "unsupported", what: "locationMessage" },
    });
  });

  test.each([
    undefined,
    null,
    {},
    { protocolMessage: { type: proto.Message.ProtocolMessage.Type.REVOKE } },
    { senderKeyDistributionMessage: { groupId: "g" } },
  ])("sees nothing for a person in %o", (content) => {
    expect(readMessage(content)).toBeUndefined();
  });
});
