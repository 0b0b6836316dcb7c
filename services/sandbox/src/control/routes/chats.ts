import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import type { MediaInput } from "../../phone/compose-message.ts";
import { composeMessage } from "../../phone/compose-message.ts";
import { readChat } from "../../phone/read-chat.ts";
import { readMedia } from "../../phone/read-media.ts";
import { sendMessage } from "../../phone/send-message.ts";
import { findPhone } from "../find-phone.ts";
import { controlRoute, phoneNumber, phoneParams } from "../route.ts";

const MAX_MEDIA_BYTES = 16 * 1024 * 1024;

const messageId = z.string().min(1).max(128);

const media = z
  .strictObject({
    kind: z.enum(["image", "video", "document", "audio", "voice"]),
    contentBase64: z.base64().optional().describe("The file itself"),
    sizeBytes: z.int().min(1).max(MAX_MEDIA_BYTES).optional().describe("A made-up file instead"),
    mimetype: z.string().min(3).max(120),
    caption: z.string().max(1024).optional(),
    fileName: z.string().min(1).max(255).optional(),
  })
  .refine((value) => (value.contentBase64 === undefined) !== (value.sizeBytes === undefined), {
    message: "give either contentBase64 or sizeBytes",
  });

const outgoing = z
  .strictObject({
    to: phoneNumber,
    text: z.string().min(1).max(65_536).optional(),
    media: media.optional(),
    reaction: z
      .strictObject({ emoji: z.string().max(32), targetId: messageId })
      .optional()
      .describe("An empty emoji takes the reaction back"),
    quotedId: messageId.optional(),
  })
  .refine(
    ({ text, media: file, reaction }) =>
      [text, file, reaction].filter((part) => part !== undefined).length === 1,
    { message: "give exactly one of text, media and reaction" },
  );

export const chatRoutes = [
  controlRoute({
    method: "POST",
    path: "/api/phones/:phone/send",
    summary: "Write a message on the phone",
    params: phoneParams,
    body: outgoing,
    handler: async ({ world, params, body }) => {
      const from = findPhone(world, params.phone);
      const to = findPhone(world, body.to);
      const file = body.media === undefined ? undefined : mediaInput(body.media);
      const draft = { ...body, to, media: file };
      return { id: await sendMessage(world, from, to, composeMessage(world, from, draft)) };
    },
  }),
  controlRoute({
    method: "POST",
    path: "/api/phones/:phone/read",
    summary: "Open a chat: everything in it becomes read",
    params: phoneParams,
    body: z.strictObject({ chat: phoneNumber }),
    handler: ({ world, params, body }) => ({
      read: readChat(world, findPhone(world, params.phone), body.chat),
    }),
  }),
  controlRoute({
    method: "GET",
    path: "/api/phones/:phone/chats/:peer/messages",
    summary: "What the phone shows of one chat, oldest first",
    params: z.strictObject({ phone: phoneNumber, peer: phoneNumber }),
    handler: ({ world, params }) => {
      const chat = findPhone(world, params.phone).phone.chats.get(params.peer) ?? [];
      return { data: chat.map(({ raw, ...message }) => ({ ...message, bytes: raw.length })) };
    },
  }),
  controlRoute({
    method: "GET",
    path: "/api/phones/:phone/media/:messageId",
    summary: "The file of a message, decrypted by the phone",
    params: z.strictObject({ phone: phoneNumber, messageId }),
    handler: ({ world, params, reply }) => {
      const found = readMedia(world, findPhone(world, params.phone), params.messageId);
      if (found === undefined) throw new AppError("NOT_FOUND", "this message has no file");
      // A file from a chat must never run as a page of this origin.
      reply.header("content-type", found.mimetype).header("x-content-type-options", "nosniff");
      reply.header("content-disposition", "attachment");
      return found.bytes;
    },
  }),
];

function mediaInput(given: z.output<typeof media>): MediaInput {
  const { contentBase64, sizeBytes = 1, ...rest } = given;
  const bytes =
    contentBase64 === undefined
      ? Buffer.alloc(sizeBytes, "sandbox ")
      : Buffer.from(contentBase64, "base64");
  if (bytes.length > MAX_MEDIA_BYTES) throw new AppError("PAYLOAD_TOO_LARGE");
  return { ...rest, bytes };
}
