import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import type { z } from "zod";
import {
  getMediaRoute,
  listChatsRoute,
  listMessagesRoute,
  readRoute,
  sendRoute,
  type Outgoing,
} from "../../api/chats.ts";
import { messageLimits } from "../../api/fields.ts";
import { composeMessage, type MediaInput } from "../../phone/compose-message.ts";
import { readChat } from "../../phone/read-chat.ts";
import { readMedia } from "../../phone/read-media.ts";
import { sendMessage } from "../../phone/send-message.ts";
import { viewChats, viewMessage } from "../../phone/view-chats.ts";
import type { World } from "../../world.ts";
import { answer, findPhone } from "../answer.ts";

export const chatRoutes = (world: World): Registration[] => [
  handle(sendRoute, ({ params, body }) =>
    answer(async () => {
      const from = findPhone(world, params.phone);
      const to = findPhone(world, body.to);
      const media = body.media === undefined ? undefined : mediaInput(body.media);
      const message = composeMessage(world, from, { ...body, to, media });
      return { id: await sendMessage(world, from, to, message) };
    }),
  ),
  handle(readRoute, ({ params, body }) =>
    answer(() => ({ read: readChat(world, findPhone(world, params.phone), body.chat) })),
  ),
  handle(listChatsRoute, ({ params }) =>
    answer(() => ({ data: viewChats(world, findPhone(world, params.phone)) })),
  ),
  handle(listMessagesRoute, ({ params, query }) =>
    answer(() => {
      const chat = findPhone(world, params.phone).phone.chats.get(params.peer) ?? [];
      return { data: chat.slice(-query.limit).map(viewMessage) };
    }),
  ),
  handle(getMediaRoute, ({ params, reply }) =>
    answer(() => {
      const found = readMedia(world, findPhone(world, params.phone), params.messageId);
      if (found === undefined) throw new AppError("NOT_FOUND", "this message has no file");
      // A file from a chat must never run as a page of this origin.
      void reply
        .type(found.mimetype)
        .header("x-content-type-options", "nosniff")
        .header("content-disposition", "attachment")
        // A message's file never changes.
        .header("cache-control", "private, max-age=86400, immutable")
        .header("content-security-policy", "sandbox; default-src 'none'");
      return found.bytes;
    }),
  ),
];

function mediaInput(given: NonNullable<z.output<typeof Outgoing>["media"]>): MediaInput {
  const { contentBase64, sizeBytes = 1, ...rest } = given;
  const bytes =
    contentBase64 === undefined
      ? Buffer.alloc(sizeBytes, "sandbox ")
      : Buffer.from(contentBase64, "base64");
  if (bytes.length > messageLimits.mediaBytesMax) throw new AppError("PAYLOAD_TOO_LARGE");
  return { ...rest, bytes };
}
